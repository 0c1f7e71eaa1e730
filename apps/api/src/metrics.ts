import { Counter, Gauge, type Registry } from 'prom-client';

/** The API's metrics. Every label has a handful of values. */
export type ApiMetrics = ReturnType<typeof createApiMetrics>;

/** `state` is read at every scrape. */
export const createApiMetrics = (
  registry: Registry,
  state: { readonly breaker: () => string; readonly hashingQueued: () => number },
) => {
  const registers = [registry];

  new Gauge({
    name: 'latchkey_redis_breaker_open',
    help: '1 while Redis is treated as away.',
    registers,
    collect() {
      this.set(state.breaker() === 'closed' ? 0 : 1);
    },
  });
  new Gauge({
    name: 'latchkey_hashing_queue_depth',
    help: 'Password hashing tasks that wait for a thread.',
    registers,
    collect() {
      this.set(state.hashingQueued());
    },
  });

  return {
    outcomes: new Counter({
      name: 'latchkey_api_outcomes_total',
      help: 'Answers of the GraphQL fields by outcome.',
      labelNames: ['field', 'outcome'],
      registers,
    }),
    errors: new Counter({
      name: 'latchkey_api_errors_total',
      help: 'GraphQL errors by code.',
      labelNames: ['code'],
      registers,
    }),
    notQueued: new Counter({
      name: 'latchkey_api_requests_not_enqueued_total',
      help: 'Accepted requests whose job could not be queued; the reconciler finds them.',
      registers,
    }),
    withoutSessions: new Counter({
      name: 'latchkey_resets_without_sessions_total',
      help: 'Resets that found no session to end. With SESSIONS_COLLECTION=none that is every reset.',
      registers,
    }),
    hashing: new Counter({
      name: 'latchkey_password_hashes_total',
      help: 'Passwords hashed (hash) and compared with a stored hash (compare).',
      labelNames: ['kind'],
      registers,
    }),
    insurance: new Counter({
      name: 'latchkey_limiter_fallback_total',
      help: 'Points counted in this process because Redis could not be asked.',
      labelNames: ['policy'],
      registers,
    }),
    unresolvedClients: new Counter({
      name: 'latchkey_client_address_unresolved_total',
      help: 'Requests whose client address is only a proxy; all of its clients share one limit.',
      labelNames: ['reason'],
      registers,
    }),
  };
};
