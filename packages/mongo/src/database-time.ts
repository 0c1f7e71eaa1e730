import { EngineError } from '@latchkey/runtime';
import type { Connection } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import { createRun } from './operation.ts';

/**
 * What time it is by the clock of the primary that writes go to (of a mongos on a sharded cluster), in whole milliseconds.
 * One round trip; throws `UnavailableError`, and `EngineError` for an engine that does not tell.
 */
export const readDatabaseTime = async (connection: Connection): Promise<Date> => {
  const run = createRun(OPERATION_TIMEOUT_MS);
  // Like every command without a session of its own, this one goes to the primary whatever the URI prefers.
  const { localTime } = await run(() => connection.getClient().db('admin').command({ hello: 1 }));
  if (localTime instanceof Date) return localTime;
  throw new EngineError({
    engine: 'MongoDB',
    message: 'does not tell its time (localTime in its answer to hello)',
    remedy: 'Use a MongoDB of version 4.4 or later, or a service that answers hello as MongoDB does.',
  });
};
