import type { mongo } from 'mongoose';
import type { MongoConnection } from '../../src/index.ts';
import { connectPatiently } from './patient.ts';

/** Commands that the driver sends by itself: checks of the server, and the end of sessions. */
const DRIVERS_OWN = ['hello', 'ping', 'endSessions'];

/** A connection that is opened as in the product, with a list of every command sent to the server on it. */
export const connectWatched = async (
  uri: string,
): Promise<MongoConnection & { readonly commands: readonly mongo.CommandStartedEvent[] }> => {
  const opened = await connectPatiently(uri, { monitorCommands: true });
  const commands: mongo.CommandStartedEvent[] = [];
  opened.connection.getClient().on('commandStarted', (event) => {
    if (!DRIVERS_OWN.includes(event.commandName)) commands.push(event);
  });
  return { ...opened, commands };
};
