import { EngineError } from '@latchkey/runtime';
import type { Connection, mongo } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import { createRun } from './operation.ts';

const REMEDY =
  'Transactions need a replica set; a single node is one. Start mongod with --replSet rs0 (or replication.replSetName: rs0 ' +
  'in mongod.conf), then run once: mongosh --eval "rs.initiate()". A sharded cluster (mongos) works, too.';

/** @throws EngineError when the `hello` answer comes neither from a member of a replica set nor from a mongos. */
export const requireTransactions = (hello: mongo.Document): void => {
  if (hello['setName'] || hello['msg'] === 'isdbgrid') return;
  throw new EngineError({
    engine: 'MongoDB',
    message: 'MongoDB runs standalone, not as a replica set',
    remedy: REMEDY,
  });
};

/** @throws EngineError when the server is standalone; its remedy says how to make it a replica set. */
export const assertReplicaSet = async (connection: Connection): Promise<void> => {
  const run = createRun(OPERATION_TIMEOUT_MS);
  requireTransactions(await run(() => connection.getClient().db('admin').command({ hello: 1 })));
};
