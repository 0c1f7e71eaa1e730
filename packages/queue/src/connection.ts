import { type Log, silentLog } from '@latchkey/runtime';
import { Redis, type RedisOptions } from 'ioredis';
import { createStateLog } from './log.ts';

/**
 * producer: a client waits for the answer, so every command has a deadline and fails fast; the limiter uses this role, too.
 * worker: no client waits, so commands wait without limit for Redis to come back. One connection must never serve both roles.
 */
type ConnectionRole = 'producer' | 'worker';

/** A Redis that has not answered within this time (milliseconds) counts as away. */
export const COMMAND_TIMEOUT_MS = 250;

/**
 * Milliseconds until the next try to connect. The tries never end and are at most a second apart, so that the connection is back
 * soon after Redis is.
 */
const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 5), 1_000);

/**
 * A Redis that was promoted or demoted keeps the TCP connection open and refuses every command on it; only a new connection
 * helps. 2: reconnect and send the command again.
 */
const reconnectOnError = (error: Error): 2 | false =>
  /READONLY|LOADING|UNBLOCKED/.test(error.message) ? 2 : false;

/** ioredis infers the shape of replies from `replyMapping`; without it replies have the usual shape. */
type Options = Omit<RedisOptions, 'replyMapping'>;

const ROLE_OPTIONS: Readonly<Record<ConnectionRole, Options>> = {
  producer: {
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // Otherwise a peer that disappeared without closing the connection (dropped packets) would hold it for many minutes.
    socketTimeout: 2_000,
  },
  worker: {
    // BullMQ requires null, because its blocking read must survive an outage. There is no commandTimeout either, because it would
    // end that read.
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    // BullMQ blocks for 10 s at most, so 30 s without a byte while a command waits mean that the peer is gone.
    socketTimeout: 30_000,
  },
};

/** Which Redis to connect to, and in which {@link ConnectionRole}. */
export interface ConnectionInput {
  readonly redisUrl: string;
  readonly role: ConnectionRole;
  /** Shown in logs and in `CLIENT LIST`. */
  readonly name: string;
  readonly log?: Log;
  /** Only for the role `producer`. Default: {@link COMMAND_TIMEOUT_MS}. */
  readonly commandTimeoutMs?: number;
}

/**
 * A connection with the options of its role. It connects by itself, reconnects without limit, never emits an unhandled `error`,
 * and logs once per change of state. Close it with `disconnect()`.
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
