import { scriptArgs, spawnGuarded } from '@latchkey/dev-stack';

/** One mail that the relay accepted; `at` is in epoch milliseconds. */
export interface RelayedMail {
  readonly to: string;
  readonly at: number;
}

/** A mail server in its own process. It reports who got a mail and when, and keeps no mails. */
export interface Relay {
  readonly smtpUrl: string;
  readonly mails: readonly RelayedMail[];
  /** Calls `enough` now and after every mail. Resolves when it returns true; rejects after `timeoutMs`. */
  waitUntil(enough: (mails: readonly RelayedMail[]) => boolean, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

const MAIN = new URL('main.ts', import.meta.url).href;

/** Starts `main.ts`. `delayMs`: delay before the answer to a mail; `spread`: the share by which the delay varies. */
export const startRelay = async ({
  delayMs = 0,
  spread = 0,
}: {
  delayMs?: number;
  spread?: number;
} = {}): Promise<Relay> => {
  const mails: RelayedMail[] = [];
  const waiting = new Set<() => void>();

  const relay = await spawnGuarded({
    command: process.execPath,
    args: [...scriptArgs(MAIN), `--delay-ms=${delayMs}`, `--spread=${spread}`],
    env: { PATH: process.env['PATH'] ?? '' },
    onLine: (line) => {
      if (!line.startsWith('{"to"')) return;
      const mail: RelayedMail = JSON.parse(line);
      mails.push(mail);
      for (const look of waiting) look();
    },
  });
  const first = await relay.waitForLine((line) => line.startsWith('{"smtpUrl"'), 20_000);
  const { smtpUrl }: { smtpUrl: string } = JSON.parse(first);

  return {
    smtpUrl,
    mails,
    waitUntil: (enough, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`only ${mails.length} mails within ${timeoutMs} ms`));
        }, timeoutMs);
        const look = (): void => {
          if (!enough(mails)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    stop: async () => {
      await relay.stop(1_000);
    },
  };
};
