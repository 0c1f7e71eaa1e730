import { scriptArgs, spawnGuarded } from '@latchkey/dev-stack';

/** One mail that the relay took; `at` in epoch milliseconds. */
export interface RelayedMail {
  readonly to: string;
  readonly at: number;
}

/** A mail server in a process of its own, which says who got a mail and when, and keeps nothing. */
export interface Relay {
  readonly smtpUrl: string;
  readonly mails: readonly RelayedMail[];
  /** Asks after every mail; resolves once the answer is yes. */
  waitUntil(enough: (mails: readonly RelayedMail[]) => boolean, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

const MAIN = new URL('main.ts', import.meta.url).href;

/** Starts `main.ts`. `delayMs`: how long it thinks about a mail; `spread`: up to that share of it more or less. */
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
