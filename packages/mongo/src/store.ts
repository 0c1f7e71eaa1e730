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
import { createTransact, type TransactionLimits } from './transaction.ts';

const LIMITS: TransactionLimits = { operationTimeoutMs: OPERATION_TIMEOUT_MS, transactionTimeoutMs: 10_000 };

/** The core's store, with the two ports that only a worker needs. */
export type MongoStore = Store & { readonly backlog: Backlog; readonly leases: Leases };

/** The core's ports on MongoDB. Every method throws `UnavailableError` in time when the database cannot be reached. */
export const createMongoStore = ({
  connection,
  host,
  limits = LIMITS,
}: {
  connection: Connection;
  host: HostCollections;
  /** How long a call and a transaction may take; with the default a caller hears within 3 s that the database is away. */
  limits?: TransactionLimits;
}): MongoStore => {
  const run = createRun(limits.operationTimeoutMs);
  const models = modelsOf(connection);
  const bytewise = createBytewise(connection);
  const transact = createTransact({ connection, ...limits });

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
