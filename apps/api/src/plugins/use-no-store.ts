import type { Plugin } from 'graphql-yoga';

/** Forbids every cache to store an answer. */
export const useNoStore = (): Plugin => ({
  onResponse({ response }) {
    response.headers.set('Cache-Control', 'no-store');
    response.headers.set('X-Content-Type-Options', 'nosniff');
  },
});
