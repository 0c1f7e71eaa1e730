import { EventEmitter } from 'node:events';
import type { SmtpBehaviour } from './behaviour.ts';
import type { ReceivedMail } from './received-mail.ts';
import { type ProtocolOptions, startSmtpReceiver } from './smtp-receiver.ts';

/** How the server behaves and on which port it listens. */
export interface SmtpServerOptions {
  /** Default: a free port. */
  readonly smtpPort?: number;
  readonly behaviour?: SmtpBehaviour;
  /** Encryption, login and other options of smtp-server. Default: neither encryption nor login. */
  readonly protocol?: ProtocolOptions;
}

/** An SMTP server that keeps its mails. */
export interface SmtpServer {
  readonly smtpUrl: string;
  readonly smtpPort: number;
  /** Mails that the server answered with 250, oldest first. */
  messages(): readonly ReceivedMail[];
  /** Every mail whose final dot arrived, with any answer. */
  received(): readonly ReceivedMail[];
  /** Waits for the first acknowledged mail that fits, among past and future mails. */
  waitFor(fits: (mail: ReceivedMail) => boolean, timeoutMs?: number): Promise<ReceivedMail>;
  /** The same for {@link received}. */
  waitForReceived(fits: (mail: ReceivedMail) => boolean, timeoutMs?: number): Promise<ReceivedMail>;
  /** Replaces the behaviour from the next command on. Without an argument the server accepts everything. */
  behave(behaviour?: SmtpBehaviour): void;
  clear(): void;
  stop(): Promise<void>;
}

/** Longer than the time after which the reconciler replaces a lost job (RECONCILE_AFTER, 15 s). */
const PATIENCE_MS = 45_000;

const acceptAll: SmtpBehaviour = () => 'accept';

/** Starts the server on 127.0.0.1. */
export const startSmtpServer = async (options: SmtpServerOptions = {}): Promise<SmtpServer> => {
  let mails: readonly ReceivedMail[] = [];
  let behaviour = options.behaviour ?? acceptAll;
  let lastId = 0;
  const changes = new EventEmitter().setMaxListeners(0);

  const update = (next: readonly ReceivedMail[]) => {
    mails = next;
    changes.emit('change');
  };
  const messages = () => mails.filter(({ acknowledged }) => acknowledged);

  const smtp = await startSmtpReceiver({
    port: options.smtpPort ?? 0,
    protocol: options.protocol ?? {},
    behaviour: () => behaviour,
    nextId: () => ++lastId,
    onReceived: (mail) => update([...mails, mail]),
    onAcknowledged: (id) =>
      update(mails.map((mail) => (mail.id === id ? { ...mail, acknowledged: true } : mail))),
  });

  const waitIn = (
    list: () => readonly ReceivedMail[],
    fits: (mail: ReceivedMail) => boolean,
    timeoutMs: number,
  ): Promise<ReceivedMail> =>
    new Promise((resolve, reject) => {
      const look = () => {
        try {
          const found = list().find(fits);
          if (found === undefined) return;
          settle();
          resolve(found);
        } catch (error) {
          // The error goes to the caller of this wait and does not affect the mail that has just arrived.
          settle();
          reject(error);
        }
      };
      const settle = () => {
        clearTimeout(timer);
        changes.off('change', look);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`no such mail within ${timeoutMs} ms (${list().length} others)`));
      }, timeoutMs);
      changes.on('change', look);
      look();
    });

  return {
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
    smtpPort: smtp.port,
    messages,
    received: () => mails,
    waitFor: (fits, timeoutMs = PATIENCE_MS) => waitIn(messages, fits, timeoutMs),
    waitForReceived: (fits, timeoutMs = PATIENCE_MS) => waitIn(() => mails, fits, timeoutMs),
    behave: (next = acceptAll) => {
      behaviour = next;
    },
    clear: () => update([]),
    stop: smtp.stop,
  };
};
