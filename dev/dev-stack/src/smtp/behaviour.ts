import type { ReceivedMail } from './received-mail.ts';

/** The point of the SMTP dialogue. `data` is after the final dot and before the reply. */
type SmtpPhase = 'connect' | 'mail' | 'rcpt' | 'data';

/**
 * What the server does next. Undefined or `accept`: it continues. `drop`: it closes the connection without a reply. An object: it
 * sends that reply. To hold the dialogue, the behaviour returns a promise that resolves later.
 */
export type SmtpVerdict = 'accept' | 'drop' | { readonly code: number; readonly message: string };

/** The state of the dialogue for which a behaviour decides. */
export interface SmtpEvent {
  readonly phase: SmtpPhase;
  /** Envelope sender; null before `mail`. */
  readonly from: string | null;
  /** Recipients so far. In `rcpt`, the last one is the recipient to decide on. */
  readonly to: readonly string[];
  /** The message in `data`; null otherwise. */
  readonly mail: ReceivedMail | null;
}

/** Called in every phase. A test can refuse, hold or cut the dialogue with it. */
export type SmtpBehaviour = (event: SmtpEvent) => SmtpVerdict | undefined | Promise<SmtpVerdict | undefined>;
