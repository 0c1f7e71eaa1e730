import type { LimitVerdict } from '@latchkey/password-reset';
import type { Breaker } from '@latchkey/queue';
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

export const createLimiter = (
  { redis, breaker, keyPrefix, onInsurance }: LimiterDeps,
  { name, limit, blockInMemory }: LimitPolicy,
): Limiter => {
  if (limit === 'off') return () => Promise.resolve(ALLOWED);

  const { points } = limit;
  const duration = Math.ceil(limit.durationMs / 1000);
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${keyPrefix}:limit:${name}`,
    points,
    duration,
    ...(blockInMemory ? { inMemoryBlockOnConsumed: points } : {}),
  });
  const insurance = new RateLimiterMemory({ points, duration: Math.min(duration, LONGEST_TIMER_SECONDS) });

  return async (key) => {
    try {
      await breaker.run(() => shared.consume(key));
      return ALLOWED;
    } catch (answer) {
      if (answer instanceof RateLimiterRes) return refusal(answer);
    }

    onInsurance(name);
    return insurance.consume(key).then(() => ALLOWED, refusal);
  };
};

const refusal = (answer: unknown): LimitVerdict => ({
  allowed: false,
  retryAfterMs: answer instanceof RateLimiterRes ? Math.max(answer.msBeforeNext, 1000) : 1000,
});
