import { silentLog } from '@latchkey/runtime';
import { PATIENCE_MS } from '@latchkey/test-kit/until';
import mongoose, { type ConnectOptions } from 'mongoose';
import { vi } from 'vitest';
import { connectMongo, type MongoConnection } from '../../src/index.ts';

/** Deadlines for tests that look at what is done, not at how long it takes. A busy machine is slow, and its database is there. */
export const PATIENT = { operationTimeoutMs: PATIENCE_MS, transactionTimeoutMs: PATIENCE_MS };

/** Opens a connection as the product does, but with more patience for a full pool, and with the given options. */
export const connectPatiently = async (
  uri: string,
  options: ConnectOptions = {},
): Promise<MongoConnection> => {
  const create = mongoose.createConnection.bind(mongoose);
  const spy = vi
    .spyOn(mongoose, 'createConnection')
    .mockImplementation((...[to, own]: [uri?: string, options?: ConnectOptions]) =>
      create(to ?? uri, { ...own, waitQueueTimeoutMS: PATIENCE_MS, ...options }),
    );
  try {
    return await connectMongo({ uri, appName: 'latchkey-test', log: silentLog });
  } finally {
    spy.mockRestore();
  }
};
