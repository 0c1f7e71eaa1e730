import { UnavailableError } from '@latchkey/password-reset';
import type { Log } from '@latchkey/runtime';
import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { translate } from './driver-errors.ts';
import { giveUpLostWrites } from './lost-writes.ts';
import { withinDeadline } from './operation.ts';
import { withoutConcerns } from './uri.ts';

/** The input of {@link connectMongo}. */
export interface ConnectInput {
  readonly uri: string;
  /** Name of this process in the server's log and in `currentOp`. */
  readonly appName: string;
  readonly log: Log;
  /** Maximum of sockets per server. Default: the value in the URI, else 20. */
  readonly maxPoolSize?: number;
}

/** A connection of this package alone. mongoose's global connection is not used, because other code in the process may use it. */
export interface MongoConnection {
  readonly connection: Connection;
  /** One round trip, for the readiness check. @throws UnavailableError */
  ping(): Promise<void>;
  /** Closes every socket, also sockets on which a frozen server has not answered yet. Never rejects. */
  close(): Promise<void>;
}

/** Every call has an outcome within this time, so that an API without its database answers within 3 s. */
export const OPERATION_TIMEOUT_MS = 2_500;
const SELECTION_TIMEOUT_MS = 2_000;
const HEARTBEAT_MS = 2_000;
/**
 * Only a last resort. The driver's monitor finds a frozen server earlier, after heartbeat plus connect timeout, and closes its
 * sockets.
 */
const SOCKET_TIMEOUT_MS = 60_000;
const DEFAULT_POOL_SIZE = 20;
const CLOSE_TIMEOUT_MS = 2_000;

/** The pool size is the only option for speed that an operator is expected to set in the URI, so the URI's value is kept. */
const poolSize = (uri: string, given: number | undefined): Pick<ConnectOptions, 'maxPoolSize'> => {
  if (given !== undefined) return { maxPoolSize: given };
  return /[?&]maxPoolSize=/i.test(uri) ? {} : { maxPoolSize: DEFAULT_POOL_SIZE };
};

/**
 * These options replace the same options of the URI. A forgotten `w=1` in the URI could lose accepted requests, and a forgotten
 * `readPreference=secondaryPreferred` could let a token be used twice.
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

/** Connects. After a later outage the driver reconnects by itself. @throws UnavailableError after 2 s without a connection. */
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
