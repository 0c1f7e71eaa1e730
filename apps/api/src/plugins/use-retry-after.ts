import type { Plugin } from 'graphql-yoga';

/** Carries the waiting time of a refusal from the resolver to the header `Retry-After`. */
export const createRetryAfter = () => {
  const waits = new WeakMap<Request, number>();

  return {
    /** Returns the number of whole seconds that body and header both contain, at least 1. */
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
