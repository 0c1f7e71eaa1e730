import type { Connection, Model } from 'mongoose';
import { type AccountLockDoc, accountLockSchema } from './schemas/account-lock.ts';
import { type AuditDoc, auditSchema } from './schemas/audit.ts';
import { type DeliveryDoc, deliverySchema } from './schemas/delivery.ts';
import { type LeaseDoc, leaseSchema } from './schemas/lease.ts';
import { type RequestDoc, requestSchema } from './schemas/request.ts';
import { type SettingsDoc, settingsSchema } from './schemas/settings.ts';
import { type TokenDoc, tokenSchema } from './schemas/token.ts';

/** Latchkey's own collections on one connection. */
export interface Models {
  readonly requests: Model<RequestDoc>;
  readonly tokens: Model<TokenDoc>;
  readonly deliveries: Model<DeliveryDoc>;
  readonly accounts: Model<AccountLockDoc>;
  readonly audit: Model<AuditDoc>;
  readonly leases: Model<LeaseDoc>;
  readonly settings: Model<SettingsDoc>;
}

const known = new WeakMap<Connection, Models>();

/** The models of `connection`. Later calls return the same models, because mongoose refuses to compile a name twice. */
export const modelsOf = (connection: Connection): Models => {
  const compiled = known.get(connection);
  if (compiled) return compiled;

  const models: Models = {
    requests: connection.model<RequestDoc>('LatchkeyRequest', requestSchema),
    tokens: connection.model<TokenDoc>('LatchkeyToken', tokenSchema),
    deliveries: connection.model<DeliveryDoc>('LatchkeyDelivery', deliverySchema),
    accounts: connection.model<AccountLockDoc>('LatchkeyAccount', accountLockSchema),
    audit: connection.model<AuditDoc>('LatchkeyAudit', auditSchema),
    leases: connection.model<LeaseDoc>('LatchkeyLease', leaseSchema),
    settings: connection.model<SettingsDoc>('LatchkeySettings', settingsSchema),
  };
  known.set(connection, models);
  return models;
};
