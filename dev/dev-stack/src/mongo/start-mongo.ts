import { type Log, silent } from '../log.ts';
import { checkMongo } from './check-mongo.ts';
import { startEmbedded } from './start-embedded.ts';
import { startMongod } from './start-mongod.ts';

/** A MongoDB to work with: one that was named, a real one of our own, or the stand-in. */
export interface RunningMongo {
  /** Connection string without a database name of ours. */
  readonly uri: string;
  /** Where it came from, for people. */
  readonly source: string;
  readonly backend: 'given' | 'mongod' | 'embedded';
  /** Whether it is the embedded stand-in, also when it was named. */
  readonly standIn: boolean;
  /** Ends our own; does nothing to one that was named. */
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
 * Finds or starts MongoDB: MONGODB_URI, a mongod (named, on PATH, cached, downloaded), the stand-in (decision 14).
 * MONGO_BACKEND is strict: `mongod` never ends on the stand-in, `embedded` never looks for anything else.
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
