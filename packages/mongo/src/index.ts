export { type ConnectInput, connectMongo, type MongoConnection } from './connection.ts';
export type { AddressReach } from './host/address-reach.ts';
export { checkSessions } from './host/check-sessions.ts';
export type { HostCollections } from './host/collections.ts';
export { type HostReport, inspectHost } from './host/inspect-host.ts';
export type { PasswordFormat } from './host/password-format.ts';
export { checkIndexes, ensureIndexes } from './indexes.ts';
export { assertReplicaSet } from './replica-set.ts';
export { createMongoStore, type MongoStore } from './store.ts';
