import { collectDefaultMetrics, Registry } from 'prom-client';

/** Seconds, from a cached answer to a shutdown deadline. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25];

/**
 * A registry with the process's own metrics (CPU, memory, event loop lag) already in it. Whoever declares a metric names it in
 * `registers`: prom-client's global registry stays empty. Labels are only those with few values, nothing a client can make up.
 */
export const createRegistry = (): Registry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
};
