import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { spawnGuarded } from '@latchkey/dev-stack';

/** One mail that the sink took; `at` in epoch milliseconds. */
export interface SunkMail {
  readonly to: string;
  readonly at: number;
}

export interface MailSink {
  readonly smtpUrl: string;
  readonly mails: readonly SunkMail[];
  /** Asks after every mail; resolves once the answer is yes. */
  waitUntil(enough: (mails: readonly SunkMail[]) => boolean, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `mail-sink.ts` as a process of its own. */
export const startMailSink = async ({
  delayMs = 0,
  spread = 0,
}: {
  delayMs?: number;
  spread?: number;
} = {}): Promise<MailSink> => {
  const mails: SunkMail[] = [];
  const waiting = new Set<() => void>();
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

  const sink = await spawnGuarded({
    command: process.execPath,
    args: [
      '--import',
      tsx,
      fileURLToPath(new URL('mail-sink.ts', import.meta.url)),
      `--delay-ms=${delayMs}`,
      `--spread=${spread}`,
    ],
    env: { PATH: process.env['PATH'] ?? '' },
    onLine: (line) => {
      if (!line.startsWith('{"to"')) return;
      const mail: SunkMail = JSON.parse(line);
      mails.push(mail);
      for (const look of waiting) look();
    },
  });
  const first = await sink.waitForLine((line) => line.startsWith('{"smtpUrl"'), 20_000);
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
      await sink.stop(1_000);
    },
  };
};
