import type { Plugin } from 'graphql-yoga';

const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'POST',
  'Access-Control-Allow-Headers': 'Content-Type, Accept, Accept-Language, Traceparent, Tracestate',
  'Access-Control-Max-Age': '7200',
};

/**
 * Allows pages of exactly these origins to read answers. The API uses no cookies, so credentials are never allowed. Other
 * origins get no CORS header.
 */
export const useCors = (origins: readonly string[]): Plugin => {
  const allowed = new Set(origins);
  if (allowed.size === 0) return {};

  const originOf = (request: Request): string | undefined => {
    const origin = request.headers.get('origin');

    return origin !== null && allowed.has(origin) ? origin : undefined;
  };

  return {
    onRequest({ request, fetchAPI, endResponse }) {
      if (request.method !== 'OPTIONS' || originOf(request) === undefined) return;
      if (request.headers.get('access-control-request-method') === null) return;

      endResponse(new fetchAPI.Response(null, { status: 204, headers: PREFLIGHT_HEADERS }));
    },
    onResponse({ request, response }) {
      const origin = originOf(request);
      response.headers.append('Vary', 'Origin');
      if (origin === undefined) return;

      response.headers.set('Access-Control-Allow-Origin', origin);
      response.headers.set('Access-Control-Expose-Headers', 'Retry-After');
    },
  };
};
