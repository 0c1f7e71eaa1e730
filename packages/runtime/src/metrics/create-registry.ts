import { collectDefaultMetrics, Registry } from 'prom-client';

/** Upper bounds of the buckets in seconds, from an answer out of a cache to a shutdown deadline. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25];

/**
 * A registry that already has the process's own metrics (CPU, memory, event loop lag). Every metric must name its registry in
 * `registers`, because prom-client's global registry is not used. A label must have few possible values, and never values that
 * a client chooses.
 */
export const createRegistry = (): Registry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
};
