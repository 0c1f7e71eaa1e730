import { type Log, silent } from '../log.ts';
import { checkMongo } from './check-mongo.ts';
import { startEmbedded } from './start-embedded.ts';
import { startMongod } from './start-mongod.ts';

/** A MongoDB for development: a named one, a real one that was started here, or the stand-in. */
export interface RunningMongo {
  /** Connection string. This package adds no database name to it. */
  readonly uri: string;
  /** Where the server came from, as a text for developers. */
  readonly source: string;
  readonly backend: 'given' | 'mongod' | 'embedded';
  /** Whether it is the embedded stand-in. This is also true if MONGODB_URI names one. */
  readonly standIn: boolean;
  /** Stops a server that was started here. Does nothing to a named one. */
  stop(): Promise<void>;
}

const BACKENDS = ['auto', 'mongod', 'embedded'] as const;

const wantedBackend = (): (typeof BACKENDS)[number] => {
  const value = process.env['MONGO_BACKEND'] || 'auto';
  const backend = BACKENDS.find((name) => name === value);
  if (backend === undefined) throw new Error(`MONGO_BACKEND must be one of ${BACKENDS.join(', ')}`);
  return backend;
};

const useGiven = async (uri: string, backend: string, log: Log): Promise<RunningMongo> => {
  const { version, standIn } = await checkMongo(uri);
  if (standIn && backend === 'mongod') {
    throw new Error('MONGO_BACKEND=mongod, but what answers at MONGODB_URI is the stand-in.');
  }
  log(`MongoDB: MONGODB_URI, ${standIn ? 'an embedded stand-in' : `MongoDB ${version}`}`);
  return { uri, source: 'MONGODB_URI', backend: 'given', standIn, stop: async () => {} };
};

/**
 * Finds or starts MongoDB in this order: MONGODB_URI, a mongod (named, on PATH, cached, downloaded), the stand-in (decision 14).
 * MONGO_BACKEND is strict: with `mongod` the stand-in is never used, with `embedded` only the stand-in is used.
 */
export const startMongo = async ({ log = silent }: { log?: Log } = {}): Promise<RunningMongo> => {
  const backend = wantedBackend();
  const uri = process.env['MONGODB_URI'];
  if (uri !== undefined && uri !== '' && backend !== 'embedded') return useGiven(uri, backend, log);

  let because = 'MONGO_BACKEND=embedded';
  if (backend !== 'embedded') {
    try {
      const mongod = await startMongod({ log, patient: backend === 'mongod' });
      log(`MongoDB: ${mongod.source}`);
      return { ...mongod, backend: 'mongod', standIn: false };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
      because = `no mongod: ${why}`;
      if (backend === 'mongod') {
        throw new Error(
          `MONGO_BACKEND=mongod, but no real MongoDB can be had (${why}). Put mongod on PATH, name it in MONGOMS_SYSTEM_BINARY, or set MONGODB_URI.`,
          { cause },
        );
      }
    }
  }

  const embedded = await startEmbedded();
  log(`MongoDB: embedded stand-in, for development and tests only (${because})`);
  return { ...embedded, backend: 'embedded', standIn: true };
};
