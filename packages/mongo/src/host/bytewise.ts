import { type Connection, mongo } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from '../connection.ts';
import { createRun } from '../operation.ts';

/** Option for a call that compares bytes, independent of the collection's default collation. */
const BYTEWISE = { collation: { locale: 'simple' } } as const;

/** Returns the option that a call to this collection of the host application needs to compare bytes; `{}` when it needs none. */
export type Bytewise = (collection: string) => Promise<typeof BYTEWISE | Record<string, never>>;

/**
 * Reads once per collection whether it has a default collation. Only then the option is used, because a collection without one
 * compares bytes anyway, and not every server with MongoDB's protocol accepts a collation in a write. When the database user
 * may not list collections (code 13, or 8000 from the proxies of Atlas), the option is always used. A collection that does not
 * exist yet is read again at the next call. See docs/decisions/0042.
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
      // Only a refusal by the server is handled here. When the database is away, the error is an UnavailableError by now.
      if (!(error instanceof mongo.MongoServerError)) throw error;
      known.set(collection, BYTEWISE);
      return BYTEWISE;
    }
  };
};
