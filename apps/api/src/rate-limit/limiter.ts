import type { LimitVerdict } from '@latchkey/password-reset';
import type { Breaker } from '@latchkey/queue';
import type { Limit } from '@latchkey/runtime';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { LimitPolicy } from './policies.ts';
import { createWindowCounter, type WindowCount } from './window-counter.ts';

/** Consumes one point of a key. It never rejects: without Redis it counts in this process. */
export type Limiter = (key: string) => Promise<LimitVerdict>;

export interface LimiterDeps {
  readonly redis: Redis;
  /** Shared with the producer of the queue, so a frozen Redis costs one timeout now and then instead of one per request. */
  readonly breaker: Breaker;
  /** First part of every key. */
  readonly keyPrefix: string;
  /** Called for every point that was counted in this process because Redis could not be used. */
  readonly onFallback: (policy: string) => void;
}

const ALLOWED: LimitVerdict = { allowed: true };
const UNLIMITED = Number.MAX_SAFE_INTEGER;
const MOST_BLOCKED = 10_000;
// About 10 MB per policy. Without a bound, a flood of new networks or addresses while Redis is away would exhaust the memory.
const MOST_COUNTED = 50_000;

export const createLimiter = (deps: LimiterDeps, policy: LimitPolicy): Limiter =>
  policy.limit === 'off' ? () => Promise.resolve(ALLOWED) : countPoints(deps, policy, policy.limit);

const countPoints = (
  { redis, breaker, keyPrefix, onFallback }: LimiterDeps,
  { name, blockInMemory }: LimitPolicy,
  { points, durationMs }: Limit,
): Limiter => {
  const duration = Math.ceil(durationMs / 1000);
  // The library rejects when its own limit is exceeded. Here it has no limit and the count is compared below, so an answer
  // over the limit takes the same path as one under it.
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${keyPrefix}:limit:${name}`,
    points: UNLIMITED,
    duration,
  });
  const fallback = createWindowCounter({ durationMs: duration * 1000, most: MOST_COUNTED });
  const blockedUntil = blockInMemory ? new LRUCache<string, number>({ max: MOST_BLOCKED }) : undefined;

  const consume = async (key: string): Promise<WindowCount> => {
    try {
      return await breaker.run(() => shared.consume(key));
    } catch {
      onFallback(name);
      return fallback(key);
    }
  };

  return async (key) => {
    const remainingMs = (blockedUntil?.get(key) ?? 0) - performance.now();
    if (remainingMs > 0) return refusal(remainingMs);

    const { consumedPoints, msBeforeNext } = await consume(key);
    if (consumedPoints <= points) return ALLOWED;

    blockedUntil?.set(key, performance.now() + msBeforeNext);
    return refusal(msBeforeNext);
  };
};

const refusal = (ms: number): LimitVerdict => ({ allowed: false, retryAfterMs: Math.max(ms, 1000) });
