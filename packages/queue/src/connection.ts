import { type Log, silentLog } from '@latchkey/runtime';
import { Redis, type RedisOptions } from 'ioredis';
import { createStateLog } from './log.ts';

/**
 * producer: somebody waits for the answer, so everything is bounded and refused fast; also for the limiter.
 * worker: nobody waits, so commands wait for Redis to come back, for ever. One connection must never serve both.
 */
type ConnectionRole = 'producer' | 'worker';

/** A Redis that has not answered by then is treated as away. */
export const COMMAND_TIMEOUT_MS = 250;

/** For ever, and never further apart than a second: recovery has to be quick once Redis is back. */
const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 5), 1_000);

/**
 * A replica that was promoted or demoted under us keeps the TCP connection open and refuses for ever; only a new
 * connection helps. 2: reconnect and send the command again.
 */
const reconnectOnError = (error: Error): 2 | false =>
  /READONLY|LOADING|UNBLOCKED/.test(error.message) ? 2 : false;

/** ioredis infers the shape of replies from this one; absent means the usual shape. */
type Options = Omit<RedisOptions, 'replyMapping'>;

const ROLE_OPTIONS: Readonly<Record<ConnectionRole, Options>> = {
  producer: {
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // A peer that vanished without a word (dropped packets) would otherwise hold this connection for many minutes.
    socketTimeout: 2_000,
  },
  worker: {
    // Required by BullMQ: its blocking read must survive an outage. No commandTimeout either, it would cut that read.
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    // BullMQ blocks for 10 s at most, so half a minute without a byte while a command waits means a dead peer.
    socketTimeout: 30_000,
  },
};

/** Which Redis, for which {@link ConnectionRole}. */
export interface ConnectionInput {
  readonly redisUrl: string;
  readonly role: ConnectionRole;
  /** Shown in logs and in `CLIENT LIST`. */
  readonly name: string;
  readonly log?: Log;
  /** Only for the role `producer`; {@link COMMAND_TIMEOUT_MS} unless told. */
  readonly commandTimeoutMs?: number;
}

/**
 * A connection with the role's policy. It connects by itself, reconnects for ever, never emits an unhandled `error`, and
 * logs once per change of state. Close it with `disconnect()`.
 */
export const createRedisConnection = ({
  redisUrl,
  role,
  name,
  log = silentLog,
  commandTimeoutMs,
}: ConnectionInput): Redis => {
  const options: Options = {
    ...ROLE_OPTIONS[role],
    ...(role === 'producer' && commandTimeoutMs !== undefined ? { commandTimeout: commandTimeoutMs } : {}),
    retryStrategy,
    reconnectOnError,
    keepAlive: 10_000,
    connectionName: `latchkey-${name}`,
  };
  const connection = new Redis(redisUrl, options);

  const state = createStateLog(log, name);
  connection.on('error', state.down);
  connection.on('ready', state.up);

  return connection;
};
