import type { SendClass, SendPhase } from '../model/delivery.ts';
import type { DeliveryId } from '../model/ids.ts';

/** What a mail says. The link is the only place where the raw token exists. */
export type MailContent =
  | {
      readonly kind: 'password-reset';
      readonly link: string;
      readonly expiresAt: Date;
      /** Lifetime of the link in whole minutes as minted. */
      readonly ttlMinutes: number;
    }
  | { readonly kind: 'password-changed'; readonly changedAt: Date };

/** A mail before rendering; the same message always renders and sends the same bytes. */
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

/** What one try to send came to, in codes; a server's words never leave the mailer. */
export interface SendResult {
  readonly class: SendClass;
  readonly provider: string;
  readonly phase: SendPhase;
  readonly code: number | null;
  readonly enhancedCode: string | null;
  readonly ms: number;
  /** Of `ms`: waiting for one of the mailer's connections. */
  readonly waitedMs: number;
  /** Of `ms`: keeping others from that connection; null when it never got one. */
  readonly heldMs: number | null;
}

/** Renders and hands over one mail within its hard deadline. Failures are results, not errors. */
export interface Mailer {
  readonly templateVersion: number;
  /** The best supported locale for the candidates, in order of preference (BCP 47); never fails. */
  chooseLocale(candidates: readonly (string | null)[]): string;
  /** `Message-ID` for a delivery, unique and independent of secrets. */
  messageId(deliveryId: DeliveryId): string;
  send(message: MailMessage): Promise<SendResult>;
  /**
   * Sends nothing, and takes what a mail takes: waits in the same line, then keeps one connection from others for `ms`. False
   * when no connection came free in the time that a mail would have waited, or when `giveUp` ended it.
   */
  occupy(input: { ms: number; giveUp: AbortSignal }): Promise<boolean>;
}
