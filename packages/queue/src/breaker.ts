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
 * A circuit breaker: it keeps callers from waiting for a Redis that does not answer. One per process, shared by all parts that
 * call the same Redis while a client waits (producer, limiter).
 */
export interface Breaker {
  /**
   * Runs `work` within the deadline. Rejects with `UnavailableError` when `work` fails, is late, or was not tried because an
   * earlier call has just failed. When `work` rejects with a value that is not an `Error` (a limiter's verdict), that value is
   * passed on and counts as an answer.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly state: 'closed' | 'open' | 'half-open';
}

/** How long to wait for an answer, and when to try again after a failure. All times in milliseconds. */
export interface BreakerInput {
  readonly timeoutMs?: number;
  /**
   * Pauses between trials; the last one repeats. The first is short, because a stall of this process looks like an outage, too.
   */
  readonly trialAfterMs?: readonly number[];
  readonly onChange?: (state: Breaker['state']) => void;
}

const NAMES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
} as const;

/** Makes a breaker that opens at the first failure and tries again after a pause. */
export const createBreaker = ({
  timeoutMs = COMMAND_TIMEOUT_MS,
  trialAfterMs = [250, 500, 1_000],
  onChange,
}: BreakerInput = {}): Breaker => {
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof Error),
    {
      // The first failure opens the breaker, so a frozen Redis costs 250 ms once and not once per caller.
      breaker: new ConsecutiveBreaker(1),
      halfOpenAfter: new IterableBackoff([...trialAfterMs]),
    },
  );
  if (onChange) policy.onStateChange((state) => onChange(NAMES[state]));

  return {
    run: async (work) => {
      // cockatiel lets callers wait for a running trial. Here a caller goes on without Redis instead.
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
