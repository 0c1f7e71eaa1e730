import { silentLog } from '@latchkey/runtime';
import mongoose, { type ConnectOptions, type mongo } from 'mongoose';
import { vi } from 'vitest';
import { connectMongo, type MongoConnection } from '../../src/index.ts';

/** Commands that the driver sends by itself: checks of the server, and the end of sessions. */
const DRIVERS_OWN = ['hello', 'ping', 'endSessions'];

/** A connection that is opened as in the product, with a list of every command sent to the server on it. */
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
