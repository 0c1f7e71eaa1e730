import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@latchkey/test-kit/graphql';
import { percentile } from '@latchkey/test-kit/quantiles';

interface LoadReport {
  readonly sent: number;
  /** Addresses with an accepted request. */
  readonly accepted: readonly string[];
  /** The error codes of the other requests. */
  readonly refused: readonly string[];
  readonly p99Ms: number;
  readonly slowestMs: number;
}

export interface Load {
  /** Number of requests sent so far. */
  readonly sent: number;
  /** Stops sending and waits for every answer. */
  end(): Promise<LoadReport>;
}

/** Sends requests for one address after the other at a constant rate. It does not wait for answers, like real users. */
export const startLoad = (client: Client, emails: readonly string[], perSecond: number): Load => {
  const ending = new AbortController();
  const answers: Promise<{ email: string; outcome: string; ms: number }>[] = [];

  const ask = async (email: string) => {
    const startedAt = performance.now();
    const outcome = await client.request({ email }).then(
      ({ result }) => result.code ?? result.__typename,
      (error: unknown) => String(error),
    );
    return { email, outcome, ms: performance.now() - startedAt };
  };

  const run = async (): Promise<void> => {
    const startedAt = performance.now();
    for (const [index, email] of emails.entries()) {
      const pauseMs = startedAt + (index * 1_000) / perSecond - performance.now();
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) return;
      answers.push(ask(email));
    }
    throw new Error('the load ran out of addresses');
  };
  const running = run();
  running.catch(() => undefined);

  return {
    get sent() {
      return answers.length;
    },
    end: async () => {
      ending.abort();
      await running;
      const done = await Promise.all(answers);
      const times = done.map(({ ms }) => ms);
      const isAccepted = ({ outcome }: { outcome: string }) => outcome === 'PasswordResetRequested';
      return {
        sent: done.length,
        accepted: done.filter(isAccepted).map(({ email }) => email),
        refused: done.filter((answer) => !isAccepted(answer)).map(({ outcome }) => outcome),
        p99Ms: percentile(times, 0.99),
        slowestMs: Math.max(...times),
      };
    },
  };
};
