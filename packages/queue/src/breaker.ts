import { UnavailableError } from '@latchkey/password-reset';
import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  IterableBackoff,
  isBrokenCircuitError,
} from 'cockatiel';
import pTimeout from 'p-timeout';
import { COMMAND_TIMEOUT_MS } from './connection.ts';

/**
 * Keeps callers from waiting for a Redis that does not answer. One per process, shared by all who talk to the same
 * Redis on somebody's time (producer, limiter).
 */
export interface Breaker {
  /**
   * Runs `work` within the deadline. Throws `UnavailableError` when it fails, is late, or was not tried because an
   * earlier call just failed. What `work` rejects with and is not an `Error` (a limiter's verdict) passes through and
   * counts as an answer.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly state: 'closed' | 'open' | 'half-open';
}

/** How long to wait for an answer, and when to try again after none. */
export interface BreakerInput {
  readonly timeoutMs?: number;
  /** Pauses between trials, the last one repeats. Short first: a stall of our own process looks like an outage, too. */
  readonly trialAfterMs?: readonly number[];
  readonly onChange?: (state: Breaker['state']) => void;
}

const NAMES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
} as const;

/** Opens with the first failure and tries again by itself. */
export const createBreaker = ({
  timeoutMs = COMMAND_TIMEOUT_MS,
  trialAfterMs = [250, 500, 1_000],
  onChange,
}: BreakerInput = {}): Breaker => {
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof Error),
    {
      // The first failure opens: a frozen Redis costs its 250 ms once, not once per caller.
      breaker: new ConsecutiveBreaker(1),
      halfOpenAfter: new IterableBackoff([...trialAfterMs]),
    },
  );
  if (onChange) policy.onStateChange((state) => onChange(NAMES[state]));

  return {
    run: async (work) => {
      // cockatiel lets callers wait for a running trial; ours rather go on without Redis.
      if (policy.state === CircuitState.HalfOpen) throw away();

      try {
        return await policy.execute(() =>
          pTimeout(work(), { milliseconds: timeoutMs, fallback: () => late(timeoutMs) }),
        );
      } catch (error) {
        if (isBrokenCircuitError(error)) throw away();
        if (!(error instanceof Error) || error instanceof UnavailableError) throw error;
        throw new UnavailableError('redis failed', { cause: error });
      }
    },
    get state() {
      return NAMES[policy.state];
    },
  };
};

const away = () => new UnavailableError('redis failed a moment ago; not tried again yet');
const late = (ms: number): never => {
  throw new UnavailableError(`redis gave no answer within ${ms} ms`);
};
