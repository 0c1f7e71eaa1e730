import type { Log } from '@latchkey/runtime';

/**
 * The code, the first word or the name of an error, for logs. Never the error itself, because a Redis error holds its command
 * with all arguments, including the password of AUTH.
 */
export const errorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;

  if (/timed out|timeout/i.test(error.message)) return 'TIMEOUT';
  const [first = ''] = error.message.split(' ', 1);
  return /^[A-Z]{3,}$/.test(first) ? first : error.name;
};

const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;

/** Whether the connection failed, and not the queue. */
export const isNetworkError = (error: Error): boolean =>
  NETWORK.test(errorCode(error)) ||
  /Connection is closed|Socket timeout|connect ETIMEDOUT|aborted due to connection close/.test(error.message);

/** Whether Redis answered and refused the command. Every command gets that answer until an operator repairs Redis. */
export const isRefusal = (error: Error): boolean => error.name === 'ReplyError';

/** Logs each state once until it changes, so that an outage is one line and not one line a second. */
export const createStateLog = (log: Log, what: string) => {
  let state = 'up';

  return {
    down: (error: unknown): void => {
      const code = errorCode(error);
      if (state === code) return;
      state = code;
      log.warn({ event: 'redis.unavailable', connection: what, code }, 'redis is away');
    },
    up: (): void => {
      if (state === 'up') return;
      state = 'up';
      log.info({ event: 'redis.available', connection: what }, 'redis is back');
    },
  };
};
