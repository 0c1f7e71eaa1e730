import { MongoMemoryReplSet } from 'mongodb-memory-server-core';
import { DryMongoBinary } from 'mongodb-memory-server-core/lib/util/DryMongoBinary.js';
import { describe, test } from 'vitest';
import { startEmbeddedMongo } from '../src/index.ts';

/** A server that the conformance suite tests. */
export interface Backend {
  readonly name: string;
  readonly real: boolean;
  start(): Promise<{ uri: (database: string) => string; stop: () => Promise<void> }>;
}

const embedded: Backend = {
  name: 'the stand-in',
  real: false,
  start: async () => {
    const server = await startEmbeddedMongo({ ttlIntervalMs: 50 });
    return { uri: server.uri, stop: server.stop };
  },
};

const given = (uri: string): Backend => ({
  name: 'the MongoDB of MONGODB_URI_CONFORMANCE',
  real: true,
  start: async () => ({
    uri: (database) => {
      const url = new URL(uri);
      url.pathname = `/${database}`;
      return url.href;
    },
    stop: async () => undefined,
  }),
});

const cached = (systemBinary: string): Backend => ({
  name: `a real mongod (${systemBinary})`,
  real: true,
  start: async () => {
    const set = await MongoMemoryReplSet.create({
      binary: { systemBinary },
      replSet: { count: 1, storageEngine: 'wiredTiger' },
      instanceOpts: [{ args: ['--setParameter', 'ttlMonitorSleepSecs=1'] }],
    });
    return { uri: (database) => set.getUri(database), stop: async () => void (await set.stop()) };
  },
});

/**
 * The stand-in, and a real MongoDB if one is available without a download. All other tests use the server that dev-stack chooses.
 * This suite compares two servers and needs both at once, so the real one has its own variable. (dev-stack also depends on this
 * package.)
 */
const findBackends = async (): Promise<Backend[]> => {
  const uri = process.env['MONGODB_URI_CONFORMANCE'];
  if (uri) return [embedded, given(uri)];

  const options = await DryMongoBinary.generateOptions();
  const binary = await DryMongoBinary.locateBinary(options);
  return binary ? [embedded, cached(binary)] : [embedded];
};

/** Declares the same tests for each server; their names contain it. If the real server is missing, its tests are skipped. */
export const describeBackends = async (title: string, declare: (backend: Backend) => void): Promise<void> => {
  const backends = await findBackends();
  for (const backend of backends) describe(`${title} on ${backend.name}`, () => declare(backend));
  if (backends.some(({ real }) => real)) return;

  process.stderr.write(
    `NOT RUN: the ${title} conformance tests against a real MongoDB: no MONGODB_URI_CONFORMANCE and no mongod on this machine\n`,
  );
  describe(`${title} on a real MongoDB`, () =>
    test.skip('NOT RUN: no MONGODB_URI_CONFORMANCE and no mongod found', () => undefined));
};
