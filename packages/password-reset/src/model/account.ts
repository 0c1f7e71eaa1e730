import type { UserId } from './ids.ts';

/** A user of the host application, read by configured field names. */
export interface Account {
  readonly userId: UserId;
  /** As stored. Mail goes here, never to the typed address. */
  readonly address: string | null;
  /** As stored, whatever its format; null when the user has none (single sign-on). */
  readonly passwordHash: string | null;
  readonly active: boolean;
  readonly locale: string | null;
  readonly name: string | null;
  readonly credentialsChangedAt: Date | null;
  /** What the adapter needs to check, before it writes, that the row is still as it was read. Opaque. */
  readonly asRead: unknown;
}
