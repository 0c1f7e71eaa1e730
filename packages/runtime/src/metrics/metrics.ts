import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

interface Declaration<L extends string> {
  /** Full name, `latchkey_…`. */
  readonly name: string;
  readonly help: string;
  /** Only labels with few values: nothing a client can make up. */
  readonly labels?: readonly L[];
}

/** Declares figures and renders them for Prometheus. Each process has its own; nothing is global. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string = never>(declaration: Declaration<L>): Counter<L>;
  gauge<L extends string = never>(
    declaration: Declaration<L> & { readonly collect?: (gauge: Gauge<L>) => void | Promise<void> },
  ): Gauge<L>;
  histogram<L extends string = never>(
    declaration: Declaration<L> & { readonly buckets: readonly number[] },
  ): Histogram<L>;
}

/** Seconds, from a cached answer to a shutdown deadline. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25];

/** A registry with the process's own figures (CPU, memory, event loop lag) already in it. */
export const createMetrics = ({ defaults = true }: { defaults?: boolean } = {}): Metrics => {
  const registry = new Registry();
  if (defaults) collectDefaultMetrics({ register: registry });

  return {
    registry,
    counter: ({ name, help, labels = [] }) =>
      new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
    gauge: ({ name, help, labels = [], collect }) =>
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        ...(collect === undefined
          ? {}
          : {
              collect() {
                return collect(this);
              },
            }),
      }),
    histogram: ({ name, help, labels = [], buckets }) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] }),
  };
};
