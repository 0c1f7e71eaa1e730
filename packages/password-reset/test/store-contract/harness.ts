import type { Account } from '../../src/model/account.ts';
import type { NewDelivery } from '../../src/model/delivery.ts';
import type { UserId } from '../../src/model/ids.ts';
import type { NewRequest } from '../../src/model/request.ts';
import type { NewToken } from '../../src/model/token.ts';
import type { Backlog, Leases, Store } from '../../src/ports/store.ts';

/** The fields of a host's user that a test may set. */
export type HostUser = Pick<Account, 'address' | 'passwordHash' | 'active'>;

/** A store under test, and what the host does in its own collections, for which the ports have no method. */
export interface StoreHarness {
  readonly store: Store & { readonly backlog: Backlog; readonly leases: Leases };
  addUser(user: HostUser): Promise<UserId>;
  changeUser(userId: UserId, change: Partial<HostUser>): Promise<void>;
  addSession(userId: UserId): Promise<void>;
  /** Outcomes of the audit rows of one request, in the order written. */
  auditOf(requestId: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Far ahead of any real clock, because a database that deletes rows by age must not delete those of a test. */
export const NOW = new Date('2100-01-05T10:00:00.000Z');
/** `ms` after {@link NOW}. */
export const later = (ms: number): Date => new Date(NOW.getTime() + ms);

let count = 0;
/** 32 hex digits that no other test uses, so that tests on one store do not affect each other. */
export const freshId = (): string => {
  count += 1;
  return count.toString(16).padStart(32, '0');
};

export const newRequest = (fields: Partial<NewRequest> = {}): NewRequest => ({
  requestId: freshId(),
  reference: 'R-0000-0000',
  identifierHmac: 'identifier',
  address: 'ada@example.com',
  overLimit: false,
  network: 'network',
  userAgent: null,
  locale: 'de',
  traceparent: null,
  acceptedAt: NOW,
  dueAt: NOW,
  ...fields,
});

export const newToken = (fields: Partial<NewToken> = {}): NewToken => ({
  tokenHash: freshId() + freshId(),
  kid: 'k1',
  purpose: 'password-reset',
  requestId: freshId(),
  userId: `s:${freshId()}`,
  addressHmac: 'address',
  credentialHmac: 'credential',
  credentialsAsOf: NOW,
  expiresAt: later(60_000),
  purgeAt: later(86_400_000),
  ...fields,
});

export const newDelivery = (fields: Partial<NewDelivery> = {}): NewDelivery => {
  const requestId = fields.requestId ?? freshId();
  return {
    deliveryId: `${requestId}:password-reset`,
    requestId,
    kind: 'password-reset',
    userId: 's:ada',
    channel: 'email',
    to: 'ada@example.com',
    maskedTo: 'a***@e***.com',
    name: 'Ada',
    locale: null,
    date: NOW,
    boundary: 'boundary',
    occurredAt: NOW,
    deadline: later(60_000),
    traceparent: null,
    dueAt: NOW,
    ...fields,
  };
};
