import type { Plugin } from 'graphql-yoga';

/** Carries a refusal's waiting time from the resolver into the answer's head. */
export const createRetryAfter = () => {
  const waits = new WeakMap<Request, number>();

  return {
    /** Answers the whole seconds that body and head both say. */
    retryAfter: (request: Request, ms: number): number => {
      const seconds = Math.max(1, Math.ceil(ms / 1000));
      waits.set(request, seconds);

      return seconds;
    },
    plugin: {
      onResponse({ request, response }) {
        const seconds = waits.get(request);
        if (seconds !== undefined) response.headers.set('Retry-After', String(seconds));
      },
    } satisfies Plugin,
  };
};
