import { UnavailableError } from '@latchkey/password-reset';
import type { Log } from '@latchkey/runtime';
import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { translate } from './driver-errors.ts';
import { giveUpLostWrites } from './lost-writes.ts';
import { withinDeadline } from './operation.ts';
import { withoutConcerns } from './uri.ts';

/** Where to connect, and under which name. */
export interface ConnectInput {
  readonly uri: string;
  /** Shown in the server's log and `currentOp`. */
  readonly appName: string;
  readonly log: Log;
  /** Sockets per server; else the URI's, else 20. */
  readonly maxPoolSize?: number;
}

/** A connection of our own; mongoose's global one belongs to whoever embeds us. */
export interface MongoConnection {
  readonly connection: Connection;
  /** One round trip; throws `UnavailableError`. For readiness. */
  ping(): Promise<void>;
  /** Closes every socket, also those on which a frozen server owes an answer. */
  close(): Promise<void>;
}

/** Every call has an outcome within this, so that an API without its database answers within 3 s. */
export const OPERATION_TIMEOUT_MS = 2_500;
const SELECTION_TIMEOUT_MS = 2_000;
const HEARTBEAT_MS = 2_000;
/** Only a last resort: a frozen server is noticed by the monitor, after heartbeat + connect timeout, which closes its sockets. */
const SOCKET_TIMEOUT_MS = 60_000;
const DEFAULT_POOL_SIZE = 20;
const CLOSE_TIMEOUT_MS = 2_000;

/** The pool is the one thing about speed that an operator may well have set in the URI. */
const poolSize = (uri: string, given: number | undefined): Pick<ConnectOptions, 'maxPoolSize'> => {
  if (given !== undefined) return { maxPoolSize: given };
  return /[?&]maxPoolSize=/i.test(uri) ? {} : { maxPoolSize: DEFAULT_POOL_SIZE };
};

/**
 * Options win over the same ones in the URI: a forgotten `w=1` or `readPreference=secondaryPreferred` there must not turn
 * accepted requests into lost ones or tokens into twice usable ones.
 */
const connectOptions = ({ appName, uri, maxPoolSize }: ConnectInput): ConnectOptions => ({
  appName,
  ...poolSize(uri, maxPoolSize),
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
  connectTimeoutMS: SELECTION_TIMEOUT_MS,
  heartbeatFrequencyMS: HEARTBEAT_MS,
  waitQueueTimeoutMS: SELECTION_TIMEOUT_MS,
  socketTimeoutMS: SOCKET_TIMEOUT_MS,
  w: 'majority',
  journal: true,
  wtimeoutMS: SELECTION_TIMEOUT_MS,
  readPreference: 'primary',
  readConcernLevel: 'local',
  retryWrites: true,
  retryReads: true,
});

/** Connects, or throws `UnavailableError` after two seconds. A later outage is survived: the driver reconnects by itself. */
export const connectMongo = async (input: ConnectInput): Promise<MongoConnection> => {
  giveUpLostWrites();
  const { log } = input;
  const connection = mongoose.createConnection(withoutConcerns(input.uri), connectOptions(input));
  connection.on('error', () => {});

  try {
    await connection.asPromise();
  } catch (error) {
    await withinDeadline(connection.close(true), CLOSE_TIMEOUT_MS).catch(() => {});
    throw translate(error);
  }

  let closing = false;
  connection.on('disconnected', () => {
    if (!closing) log.warn({ event: 'mongo.disconnected' }, 'MongoDB cannot be reached');
  });
  connection.on('connected', () => log.info({ event: 'mongo.connected' }, 'MongoDB can be reached again'));

  return {
    connection,
    ping: async () => {
      try {
        const database = connection.getClient().db(connection.name);
        await withinDeadline(database.command({ ping: 1 }), OPERATION_TIMEOUT_MS);
      } catch (error) {
        throw new UnavailableError('MongoDB cannot be reached', { cause: error });
      }
    },
    close: async () => {
      closing = true;
      await withinDeadline(connection.close(true), CLOSE_TIMEOUT_MS).catch(() => {});
    },
  };
};
