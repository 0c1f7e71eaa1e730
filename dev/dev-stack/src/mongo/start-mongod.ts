import { access, constants } from 'node:fs/promises';
import pTimeout from 'p-timeout';
import type { Log } from '../log.ts';
import { onPath } from '../process/on-path.ts';

/** Time limit of a download: enough for a fast connection, and short for a user who waits for the demo. */
const DOWNLOAD_LIMIT_MS = 30_000;

/**
 * Starts a real mongod as a replica set of one node. The binary is a named one, one on PATH, one in the cache of
 * mongodb-memory-server, or one that it downloads. With `patient` the download has no time limit. The killer process of
 * mongodb-memory-server ends the mongod when this process ends.
 */
export const startMongod = async ({ log, patient }: { log: Log; patient: boolean }) => {
  // With the default it would retry for minutes on a machine without a network.
  process.env['MONGOMS_MAX_RETRIES'] ??= '1';
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] ??= 'false';
  const { DryMongoBinary, MongoBinary, MongoMemoryReplSet } = await import('mongodb-memory-server-core');

  const find = async (): Promise<{ path: string; source: string }> => {
    const named = process.env['MONGOMS_SYSTEM_BINARY'];
    if (named !== undefined && named !== '') {
      await access(named, constants.X_OK).catch(() => {
        throw new Error('MONGOMS_SYSTEM_BINARY does not name a program');
      });
      return { path: named, source: named };
    }
    const system = onPath('mongod');
    if (system !== undefined) return { path: system, source: system };

    const cached = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions());
    if (cached !== undefined) return { path: cached, source: `${cached} (cached)` };

    log('MongoDB: no mongod here, trying to download one (once)…');
    const download = MongoBinary.getPath();
    const path = await pTimeout(download, {
      milliseconds: patient ? Number.POSITIVE_INFINITY : DOWNLOAD_LIMIT_MS,
      message: 'the download takes too long',
    }).catch((cause) => {
      throw new Error('none here and none could be downloaded', { cause });
    });
    return { path, source: `${path} (downloaded)` };
  };

  const { path, source } = await find();
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path },
    // Transactions need wiredTiger. With `detached`, a Ctrl-C in the terminal reaches only this process, which stops mongod.
    replSet: { count: 1, ip: '127.0.0.1', storageEngine: 'wiredTiger', spawn: { detached: true } },
  });
  return {
    uri: set.getUri(),
    source,
    stop: async () => {
      await set.stop();
    },
  };
};
