import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Client } from '@latchkey/password-reset';
import {
  createHealthListener,
  createHttpMetrics,
  drain,
  type Health,
  type Logger,
  type Mode,
} from '@latchkey/runtime';
import type { DocumentNode } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Registry } from 'prom-client';
import type { ClientAddressOf } from './client/client-address.ts';
import { createUnresolvedReport } from './client/report-unresolved.ts';
import type { loadGraphiQL } from './graphiql.ts';
import type { Caller } from './graphql/context.ts';
import { createSchema, type SchemaDeps } from './graphql/schema.ts';
import { createNodeListener, type ServerContext } from './node-listener.ts';
import { useCors } from './plugins/use-cors.ts';
import { useJsonBody } from './plugins/use-json-body.ts';
import { useMediaTypes } from './plugins/use-media-types.ts';
import { useNoStore } from './plugins/use-no-store.ts';
import { useOperationLimits } from './plugins/use-operation-limits.ts';
import { createRetryAfter } from './plugins/use-retry-after.ts';
import { useSafeErrors } from './plugins/use-safe-errors.ts';

const ENDPOINT = '/graphql';

export interface ApiDeps extends Omit<SchemaDeps, 'metrics'> {
  readonly clientAddress: ClientAddressOf;
  readonly clientOf: (address: string) => Client;
  /** Renders the GraphiQL page in development. Without it, Yoga's own page is shown. */
  readonly renderGraphiQL?: Awaited<ReturnType<typeof loadGraphiQL>>;
  readonly corsOrigins: readonly string[];
  readonly mode: Mode;
  readonly health: Health;
  readonly log: Logger;
  readonly metrics: SchemaDeps['metrics'] & { readonly registry: Registry };
  /** Milliseconds of a monotonic clock. Default: `performance.now()`. */
  readonly now?: () => number;
}

/** Builds the API without opening a port: `yoga.fetch` is for tests, `listener` is for a Node server. */
export const createApi = (
  deps: ApiDeps,
): { readonly yoga: YogaServerInstance<ServerContext, Caller>; readonly listener: RequestListener } => {
  const yoga = createGraphQL(deps);
  const answerGraphQL = createNodeListener({ yoga, log: deps.log });
  const answerHealth = createHealthListener(deps.health);
  const observe = createHttpMetrics({
    registry: deps.metrics.registry,
    routes: [ENDPOINT, '/health/live', '/health/ready'],
  });

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    observe(request, response);

    if (request.url?.split('?', 1)[0] === ENDPOINT) {
      void answerGraphQL(request, response);
      return;
    }
    drain(request);
    if (!answerHealth(request, response)) response.writeHead(404, { 'Cache-Control': 'no-store' }).end();
  };

  return { yoga, listener };
};

const createGraphQL = ({
  clientAddress,
  clientOf,
  corsOrigins,
  mode,
  log,
  metrics,
  renderGraphiQL,
  now = () => performance.now(),
  ...schemaDeps
}: ApiDeps) => {
  const { retryAfter, plugin: useRetryAfter } = createRetryAfter();
  const reportUnresolved = createUnresolvedReport({ log, metrics, now });
  const forPeople = mode === 'development';

  return createYoga<ServerContext, Caller>({
    schema: createSchema({ ...schemaDeps, metrics }),
    graphqlEndpoint: ENDPOINT,
    context: ({ request, peer }) => ({
      client: () => {
        const forwardedFor = request.headers.get('x-forwarded-for');
        const client = clientAddress(peer, forwardedFor);
        reportUnresolved(client, forwardedFor);

        return clientOf(client.address);
      },
      userAgent: () => request.headers.get('user-agent'),
      traceparent: () => wellFormedTraceparent(request.headers.get('traceparent')),
      retryAfter: (ms: number) => retryAfter(request, ms),
    }),
    plugins: [
      useNoStore(),
      useRetryAfter,
      useCors(corsOrigins),
      useMediaTypes(),
      useJsonBody(),
      useOperationLimits({ introspection: mode !== 'production' }),
      useSafeErrors({ log, metrics }),
    ],
    // A parsed document takes about 1 KB per token, and every client can send new ones without end. Yoga's default keeps 1,024.
    parserAndValidationCache: {
      documentCache: new LRUCache<string, DocumentNode>({ max: 100 }),
      errorCache: new LRUCache<string, object>({ max: 100 }),
    },
    // The plugins above do what the switches below turn off, or the API does not offer it.
    graphiql: forPeople,
    ...(renderGraphiQL ? { renderGraphiQL } : {}),
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    maskedErrors: false,
    logging: false,
  });
};

/** Returns the header if it is a W3C Trace Context of version 00, and null otherwise. */
const wellFormedTraceparent = (header: string | null): string | null =>
  header !== null && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(header) ? header : null;
