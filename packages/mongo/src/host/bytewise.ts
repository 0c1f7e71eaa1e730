import { type Connection, mongo } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from '../connection.ts';
import { createRun } from '../operation.ts';

/** Option of a call that compares bytes, whatever the collection's default collation is. */
const BYTEWISE = { collation: { locale: 'simple' } } as const;

/** What a call to this collection of the host needs as an option in order to compare bytes. */
export type Bytewise = (collection: string) => Promise<typeof BYTEWISE | Record<string, never>>;

/**
 * Asks once per collection whether it has a default collation. Only then is there an option: without one bytes are compared
 * anyway, and not every server that speaks MongoDB's protocol accepts a collation in a write. A database user who may not
 * list collections (code 13, or 8000 from the proxies of Atlas) gets the option always. A collection that does not exist yet is
 * asked for again.
 * @throws UnavailableError
 */
export const createBytewise = (connection: Connection): Bytewise => {
  const known = new Map<string, Awaited<ReturnType<Bytewise>>>();
  const run = createRun(OPERATION_TIMEOUT_MS);

  const infoOf = (name: string) =>
    run(async (options) => {
      const [info] = await connection
        .getClient()
        .db(connection.name)
        .listCollections({ name }, { ...options, nameOnly: false })
        .toArray();
      return info;
    });

  return async (collection) => {
    const before = known.get(collection);
    if (before) return before;

    try {
      const info = await infoOf(collection);
      if (!info) return {};
      const option = info.options?.['collation'] ? BYTEWISE : {};
      known.set(collection, option);
      return option;
    } catch (error) {
      // Only what the server refuses; that it is away is an UnavailableError by now.
      if (!(error instanceof mongo.MongoServerError)) throw error;
      known.set(collection, BYTEWISE);
      return BYTEWISE;
    }
  };
};
