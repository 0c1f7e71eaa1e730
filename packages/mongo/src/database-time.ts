import { EngineError } from '@latchkey/runtime';
import type { Connection } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import { createRun } from './operation.ts';

/**
 * The time of the database's clock in whole milliseconds: the clock of the primary, or of a mongos on a sharded cluster. One
 * round trip.
 * @throws UnavailableError when the database does not answer, EngineError when its answer has no time.
 */
export const readDatabaseTime = async (connection: Connection): Promise<Date> => {
  const run = createRun(OPERATION_TIMEOUT_MS);
  // A command without a session goes to the primary, also when the URI prefers another member.
  const { localTime } = await run(() => connection.getClient().db('admin').command({ hello: 1 }));
  if (localTime instanceof Date) return localTime;
  throw new EngineError({
    engine: 'MongoDB',
    message: 'does not give its time (localTime is missing in its answer to hello)',
    remedy: 'Use a MongoDB of version 4.4 or later, or a service that answers hello as MongoDB does.',
  });
};
