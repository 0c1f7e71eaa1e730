import type { Plugin } from 'graphql-yoga';

/** No answer is ever kept by anybody on the way. */
export const useNoStore = (): Plugin => ({
  onResponse({ response }) {
    response.headers.set('Cache-Control', 'no-store');
    response.headers.set('X-Content-Type-Options', 'nosniff');
  },
});
