import type { LimitVerdict } from '@latchkey/password-reset';
import type { Breaker } from '@latchkey/queue';
import type { Limit } from '@latchkey/runtime';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitPolicy } from './policies.ts';

/** Spends one point of a key. Never rejects: without Redis it counts in this process. */
export type Limiter = (key: string) => Promise<LimitVerdict>;

export interface LimiterDeps {
  readonly redis: Redis;
  /** Shared with the queue's producer: a frozen Redis costs its timeout once in a while, not once per request. */
  readonly breaker: Breaker;
  /** First part of every key. */
  readonly keyPrefix: string;
  /** Called whenever a point was spent in process because Redis could not be asked. */
  readonly onInsurance: (policy: string) => void;
}

const ALLOWED: LimitVerdict = { allowed: true };
// Entries of the in-process limiter are removed by timers, and those overflow after 24.8 days.
const LONGEST_TIMER_SECONDS = 20 * 24 * 3600;

export const createLimiter = (deps: LimiterDeps, policy: LimitPolicy): Limiter =>
  policy.limit === 'off' ? () => Promise.resolve(ALLOWED) : countPoints(deps, policy, policy.limit);

const countPoints = (
  { redis, breaker, keyPrefix, onInsurance }: LimiterDeps,
  { name, blockInMemory }: LimitPolicy,
  { points, durationMs }: Limit,
): Limiter => {
  const duration = Math.ceil(durationMs / 1000);
  // A limiter that is to look the same over its limit as under it only counts; the comparison is ours, below. One that may
  // refuse from memory has to know its limit.
  const counting = blockInMemory
    ? { points, inMemoryBlockOnConsumed: points }
    : { points: Number.MAX_SAFE_INTEGER };
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${keyPrefix}:limit:${name}`,
    duration,
    ...counting,
  });
  const insurance = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: Math.min(duration, LONGEST_TIMER_SECONDS),
  });

  const spend = async (key: string): Promise<RateLimiterRes> => {
    try {
      return await breaker.run(() => shared.consume(key).catch(answerOrThrow));
    } catch {
      onInsurance(name);
      return insurance.consume(key);
    }
  };

  return async (key) => {
    const { consumedPoints, msBeforeNext } = await spend(key);

    return consumedPoints <= points
      ? ALLOWED
      : { allowed: false, retryAfterMs: Math.max(msBeforeNext, 1000) };
  };
};

/** The library rejects with its answer when a limit is over, and with an error when Redis failed. */
const answerOrThrow = (rejected: unknown): RateLimiterRes => {
  // Refused from memory: the count is not looked up again, only the time.
  if (rejected instanceof RateLimiterRes) {
    return new RateLimiterRes(0, rejected.msBeforeNext, Number.POSITIVE_INFINITY, false);
  }
  throw rejected;
};
