import { Counter, Gauge, type Registry } from 'prom-client';

/** The metrics of the API. Every label takes only a few values. */
export type ApiMetrics = ReturnType<typeof createApiMetrics>;

/** Registers the metrics. The functions in `state` are called at every scrape. */
export const createApiMetrics = (
  registry: Registry,
  state: { readonly breaker: () => string; readonly hashingQueued: () => number },
) => {
  const registers = [registry];

  new Gauge({
    name: 'latchkey_redis_breaker_open',
    help: '1 while Redis counts as away because a call to it failed, 0 otherwise.',
    registers,
    collect() {
      this.set(state.breaker() === 'closed' ? 0 : 1);
    },
  });
  new Gauge({
    name: 'latchkey_hashing_queue_depth',
    help: 'Password hashing tasks that wait for a thread. Rises when the API gets more resets than its cores can hash.',
    registers,
    collect() {
      this.set(state.hashingQueued());
    },
  });

  return {
    outcomes: new Counter({
      name: 'latchkey_api_outcomes_total',
      help: 'Answers of GraphQL fields, by field and outcome.',
      labelNames: ['field', 'outcome'],
      registers,
    }),
    errors: new Counter({
      name: 'latchkey_api_errors_total',
      help: 'GraphQL errors, by code.',
      labelNames: ['code'],
      registers,
    }),
    notEnqueued: new Counter({
      name: 'latchkey_api_requests_not_enqueued_total',
      help: 'Accepted requests whose job could not be enqueued; the reconciler enqueues it later. Rises while Redis is away.',
      registers,
    }),
    withoutSessions: new Counter({
      name: 'latchkey_resets_without_sessions_total',
      help: 'Resets that ended no session. Rises with each reset if SESSIONS_USER_FIELD is wrong or SESSIONS_COLLECTION=none.',
      registers,
    }),
    hashing: new Counter({
      name: 'latchkey_password_hashes_total',
      help: 'Passwords that were hashed (hash) or compared with a stored hash (compare), by kind.',
      labelNames: ['kind'],
      registers,
    }),
    fallback: new Counter({
      name: 'latchkey_limiter_fallback_total',
      help: 'Rate limit points counted in this process instead of Redis, by policy. Rises while Redis is away or slow.',
      labelNames: ['policy'],
      registers,
    }),
    unresolvedClients: new Counter({
      name: 'latchkey_client_address_unresolved_total',
      help: 'Requests of which only a proxy address is known, by reason. All clients of such a proxy share one rate limit.',
      labelNames: ['reason'],
      registers,
    }),
  };
};
