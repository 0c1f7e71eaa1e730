import type { Backlog, Leases, Store } from '@latchkey/password-reset';
import type { HostCollections } from '@latchkey/settings';
import type { Connection } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import { createBytewise } from './host/bytewise.ts';
import { modelsOf } from './models.ts';
import { createRun } from './operation.ts';
import { createBacklog } from './repositories/backlog.ts';
import { createLeases } from './repositories/leases.ts';
import { createRepositories } from './repositories/repositories.ts';
import { createTransact } from './transaction.ts';

const TRANSACTION_TIMEOUT_MS = 10_000;

/** The core's store, with the two ports that only a worker needs. */
export type MongoStore = Store & { readonly backlog: Backlog; readonly leases: Leases };

/** The core's ports on MongoDB. Every method throws `UnavailableError` within 3 s when the database cannot be reached. */
export const createMongoStore = ({
  connection,
  host,
}: {
  connection: Connection;
  host: HostCollections;
}): MongoStore => {
  const run = createRun(OPERATION_TIMEOUT_MS);
  const models = modelsOf(connection);
  const bytewise = createBytewise(connection);
  const transact = createTransact({
    connection,
    operationTimeoutMs: OPERATION_TIMEOUT_MS,
    transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
  });

  return {
    ...createRepositories({ connection, host, run, bytewise }),
    transaction: (work) =>
      transact((transactionRun) =>
        work(createRepositories({ connection, host, run: transactionRun, bytewise })),
      ),
    backlog: createBacklog({ models, run }),
    leases: createLeases({ model: models.leases, run }),
  };
};
