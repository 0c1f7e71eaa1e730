import type { Metrics } from '@latchkey/runtime';

/** The API's figures. Every label has a handful of values. */
export type ApiMetrics = ReturnType<typeof createApiMetrics>;

/** `state` is asked whenever Prometheus is. */
export const createApiMetrics = (
  metrics: Metrics,
  state: { readonly breaker: () => string; readonly hashingQueued: () => number },
) => {
  metrics.gauge({
    name: 'latchkey_redis_breaker_open',
    help: '1 while Redis is treated as away.',
    collect: (gauge) => gauge.set(state.breaker() === 'closed' ? 0 : 1),
  });
  metrics.gauge({
    name: 'latchkey_hashing_queue_depth',
    help: 'Password hashing tasks that wait for a thread.',
    collect: (gauge) => gauge.set(state.hashingQueued()),
  });

  return {
    outcomes: metrics.counter({
      name: 'latchkey_api_outcomes_total',
      help: 'Answers of the GraphQL fields by outcome.',
      labels: ['field', 'outcome'],
    }),
    errors: metrics.counter({
      name: 'latchkey_api_errors_total',
      help: 'GraphQL errors by code.',
      labels: ['code'],
    }),
    unwoken: metrics.counter({
      name: 'latchkey_api_requests_not_queued_total',
      help: 'Accepted requests whose wake-up could not be queued; the reconciler finds them.',
    }),
    withoutSessions: metrics.counter({
      name: 'latchkey_resets_without_sessions_total',
      help: 'Resets that found no session to end. With SESSIONS_COLLECTION=none that is every reset.',
    }),
    hashing: metrics.counter({
      name: 'latchkey_password_hashes_total',
      help: 'Passwords hashed (hash) and compared with a stored hash (compare).',
      labels: ['kind'],
    }),
    insurance: metrics.counter({
      name: 'latchkey_limiter_insurance_total',
      help: 'Points spent in process because Redis could not be asked.',
      labels: ['policy'],
    }),
    unresolvedClients: metrics.counter({
      name: 'latchkey_client_address_unresolved_total',
      help: 'Requests whose client address is only a proxy; all of its clients share one limit.',
      labels: ['reason'],
    }),
  };
};
