import type { Log } from '@latchkey/runtime';

/**
 * Code or first words of an error. Never the error itself: a Redis error carries its command with all arguments, the
 * password of AUTH included.
 */
export const errorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;

  if (/timed out|timeout/i.test(error.message)) return 'TIMEOUT';
  const [first = ''] = error.message.split(' ', 1);
  return /^[A-Z]{3,}$/.test(first) ? first : error.name;
};

const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;

/** The connection's trouble, not the queue's. */
export const isNetworkError = (error: Error): boolean =>
  NETWORK.test(errorCode(error)) ||
  /Connection is closed|Socket timeout|connect ETIMEDOUT|aborted due to connection close/.test(error.message);

/** Redis answered, and its answer was no: every command will hear it until somebody mends Redis. */
export const isRefusal = (error: Error): boolean => error.name === 'ReplyError';

/** Says each thing once until it changes: an outage is one line, not one line a second. */
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
