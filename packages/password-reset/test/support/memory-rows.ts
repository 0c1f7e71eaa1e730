import type { AuditEvent } from '../../src/model/audit.ts';
import type { DeliveryRow } from '../../src/model/delivery.ts';
import type { RequestRow } from '../../src/model/request.ts';
import type { TokenRow } from '../../src/model/token.ts';
import type { MemoryUser } from './memory-host.ts';

/** All rows of the in-memory store in one object, so that a transaction can copy them and put them back. */
export interface MemoryRows {
  readonly requests: Map<string, RequestRow>;
  readonly tokens: Map<string, TokenRow & { purgeAt: Date }>;
  readonly deliveries: Map<string, DeliveryRow & { purgeAt: Date | null }>;
  readonly users: Map<string, MemoryUser>;
  /** Session id → user id. */
  readonly sessions: Map<string, string>;
  readonly accountLocks: Map<string, Date>;
  readonly leases: Map<string, { owner: string; until: Date }>;
  readonly audit: AuditEvent[];
}

export const emptyRows = (): MemoryRows => ({
  requests: new Map(),
  tokens: new Map(),
  deliveries: new Map(),
  users: new Map(),
  sessions: new Map(),
  accountLocks: new Map(),
  leases: new Map(),
  audit: [],
});

/** Rows are replaced, never changed in place, so shallow copies of the containers are enough. */
export const copyRows = (rows: MemoryRows): MemoryRows => ({
  requests: new Map(rows.requests),
  tokens: new Map(rows.tokens),
  deliveries: new Map(rows.deliveries),
  users: new Map(rows.users),
  sessions: new Map(rows.sessions),
  accountLocks: new Map(rows.accountLocks),
  leases: new Map(rows.leases),
  audit: [...rows.audit],
});
