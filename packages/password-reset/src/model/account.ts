import type { UserId } from './ids.ts';

/** A user of the host application, read by configured field names. */
export interface Account {
  readonly userId: UserId;
  /** The stored address. Mails go to it, never to the typed address. */
  readonly address: string | null;
  /** The stored hash, in any format; null when the user has no password (single sign-on). */
  readonly passwordHash: string | null;
  readonly active: boolean;
  readonly locale: string | null;
  readonly name: string | null;
  readonly credentialsChangedAt: Date | null;
  /** Opaque to the core. The adapter needs it to check, before a write, that the stored user is still as it was read. */
  readonly asRead: unknown;
}
