import { silentLog } from '@latchkey/runtime';
import mongoose, { type ConnectOptions, type mongo } from 'mongoose';
import { vi } from 'vitest';
import { connectMongo, type MongoConnection } from '../../src/index.ts';

/** The driver's own look at the server, and its housekeeping. */
const DRIVERS_OWN = ['hello', 'ping', 'endSessions'];

/** A connection as the product opens it, and every command that goes to the server on it. */
export const connectWatched = async (
  uri: string,
): Promise<MongoConnection & { readonly commands: readonly mongo.CommandStartedEvent[] }> => {
  const create = mongoose.createConnection.bind(mongoose);
  const spy = vi
    .spyOn(mongoose, 'createConnection')
    .mockImplementation((...[to, options]: [uri?: string, options?: ConnectOptions]) =>
      create(to ?? uri, { ...options, monitorCommands: true }),
    );
  try {
    const opened = await connectMongo({ uri, appName: 'latchkey-test', log: silentLog });
    const commands: mongo.CommandStartedEvent[] = [];
    opened.connection.getClient().on('commandStarted', (event) => {
      if (!DRIVERS_OWN.includes(event.commandName)) commands.push(event);
    });
    return { ...opened, commands };
  } finally {
    spy.mockRestore();
  }
};
