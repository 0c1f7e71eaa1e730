export { type ConnectInput, connectMongo, type MongoConnection } from './connection.ts';
export type { HostCollections } from './host/collections.ts';
export { checkIndexes, ensureIndexes } from './indexes.ts';
export { assertReplicaSet } from './replica-set.ts';
export { createMongoStore, type MongoStore } from './store.ts';
export { decodeUserId, encodeUserId } from './user-id.ts';
