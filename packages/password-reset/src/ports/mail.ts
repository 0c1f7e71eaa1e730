import type { SendClass, SendPhase } from '../model/delivery.ts';
import type { DeliveryId } from '../model/ids.ts';

/** The content of a mail. Its link is the only place where the raw token exists. */
export type MailContent =
  | {
      readonly kind: 'password-reset';
      readonly link: string;
      readonly expiresAt: Date;
      /** Lifetime of the link in whole minutes, counted from minting. */
      readonly ttlMinutes: number;
    }
  | { readonly kind: 'password-changed'; readonly changedAt: Date };

/** A mail before rendering. The same message always renders and sends the same bytes. */
export interface MailMessage {
  readonly deliveryId: DeliveryId;
  readonly to: string;
  readonly name: string | null;
  readonly locale: string;
  readonly templateVersion: number;
  readonly messageId: string;
  readonly date: Date;
  readonly boundary: string;
  readonly content: MailContent;
}

/** The result of one attempt to send, in codes only: the text of the relay's replies never leaves the mailer. */
export interface SendResult {
  readonly class: SendClass;
  readonly provider: string;
  readonly phase: SendPhase;
  readonly code: number | null;
  readonly enhancedCode: string | null;
  readonly ms: number;
  /** The part of `ms` that the mail waited for one of the mailer's connections. */
  readonly waitedMs: number;
  /** The part of `ms` that the mail held that connection; null when it never got one. */
  readonly heldMs: number | null;
}

/** Renders mails and hands them to the relay, each within its hard deadline. A failure is a result, not a rejection. */
export interface Mailer {
  readonly templateVersion: number;
  /** The best supported locale for the candidates, which stand in order of preference (BCP 47). Never throws. */
  chooseLocale(candidates: readonly (string | null)[]): string;
  /** The `Message-ID` of a delivery: unique, and independent of secrets. */
  messageId(deliveryId: DeliveryId): string;
  send(message: MailMessage): Promise<SendResult>;
  /**
   * Sends nothing, but takes the time of a mail: waits in the same line, then holds one connection for `ms` milliseconds.
   * Resolves to false when no connection came free in the time that a mail would have waited, or when `giveUp` was aborted.
   */
  occupy(input: { ms: number; giveUp: AbortSignal }): Promise<boolean>;
}
