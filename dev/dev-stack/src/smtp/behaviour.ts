import type { ReceivedMail } from './received-mail.ts';

/** Where in the SMTP dialogue a hook is asked: `data` is after the final dot, before the 250. */
type SmtpPhase = 'connect' | 'mail' | 'rcpt' | 'data';

/**
 * What the server does next. Nothing or `accept`: goes on. `drop`: closes the connection without a word. An object: that
 * reply. To hold the dialogue, let the hook's promise wait.
 */
export type SmtpVerdict = 'accept' | 'drop' | { readonly code: number; readonly message: string };

/** What a behaviour is asked about: where in the dialogue a mail is. */
export interface SmtpEvent {
  readonly phase: SmtpPhase;
  /** Envelope sender, from `mail` on. */
  readonly from: string | null;
  /** Recipients so far; in `rcpt` the last one is the one being asked about. */
  readonly to: readonly string[];
  /** The message, in `data`. */
  readonly mail: ReceivedMail | null;
}

/** Asked at every phase; lets a test refuse, hold or cut the dialogue. */
export type SmtpBehaviour = (event: SmtpEvent) => SmtpVerdict | undefined | Promise<SmtpVerdict | undefined>;
