import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { assembleApi, createIdentifiers, createPasswordPolicy } from '@latchkey/password-reset';
import {
  createMemoryHasher,
  createMemoryLimits,
  createMemoryQueue,
  createMemoryStore,
} from '@latchkey/password-reset/testing';
import { createHealth, createLogger, startHttpServer } from '@latchkey/runtime';
import { Registry } from 'prom-client';
import { type ApiDeps, createApi } from '../../src/app.ts';
import { createClientAddress } from '../../src/client/client-address.ts';
import { createClientOf } from '../../src/client/networks.ts';
import { createApiMetrics } from '../../src/metrics.ts';

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Starts the API on a real port, with the core's in-memory store, queue, limits and hasher. `overrides` replace any part. */
export const startTestApi = async (
  overrides: Partial<ApiDeps> & { limits?: Parameters<typeof createMemoryLimits>[0] } = {},
) => {
  const { limits: max, ...replaced } = overrides;
  const store = createMemoryStore();
  const { enqueued, jobQueue } = createMemoryQueue();
  const limits = createMemoryLimits(max);
  const { hasher } = createMemoryHasher();
  const identifiers = createIdentifiers({ key: new Uint8Array(32) });
  const policy = createPasswordPolicy({ minLength: 8, normalization: 'none' });
  const clientOf = createClientOf({ storage: 'hmac', identifiers });
  const clock = { now: () => new Date() };
  const lines: string[] = [];
  const registry = new Registry();

  const { yoga, listener } = createApi({
    ...assembleApi({
      store,
      jobQueue,
      limits,
      hasher,
      policy,
      identifiers,
      clock,
      times: { linkTtlMs: 1_800_000, retentionMs: 1000, jitterMs: 0 },
    }),
    policy,
    clientAddress: createClientAddress([]),
    // The limits count by the plain address, so that a test can read for which client a point was consumed.
    clientOf: (address) => ({ ...clientOf(address), network: address }),
    corsOrigins: [],
    mode: 'production',
    health: createHealth({ checks: [] }),
    log: createLogger({
      name: 'api',
      level: 'trace',
      destination: { write: (line) => void lines.push(line) },
    }),
    metrics: { registry, ...createApiMetrics(registry, { breaker: () => 'closed', hashingQueued: () => 0 }) },
    ...replaced,
  });
  const server = await startHttpServer({ listener, host: '127.0.0.1', port: 0 });

  const send = (
    method: string,
    body: string | Uint8Array | undefined,
    headers: Record<string, string> = {},
    path = '/graphql',
  ): Promise<Answer> => exchange(`${server.url}${path}`, method, body, headers);
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    send('POST', typeof body === 'string' ? body : JSON.stringify(body), {
      'content-type': 'application/json',
      ...headers,
    });

  return {
    yoga,
    url: server.url,
    send,
    post,
    /** Posts an operation; resolves with its data and errors. */
    run: async (query: string, variables?: unknown, headers?: Record<string, string>) =>
      JSON.parse((await post({ query, variables }, headers)).text) as {
        data?: Record<string, Record<string, unknown>> | null;
        errors?: { message: string; extensions: Record<string, unknown> }[];
      },
    rows: store.rows,
    enqueued,
    limitCalls: limits.calls,
    log: () => lines.join(''),
    metricsText: () => registry.metrics(),
    close: () => server.close(),
  };
};

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

/** Sends one request with Node's own client, because fetch refuses to send some requests of these tests. */
const exchange = (
  url: string,
  method: string,
  body: string | Uint8Array | undefined,
  headers: Record<string, string>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const length =
      body === undefined || 'transfer-encoding' in headers
        ? {}
        : { 'content-length': Buffer.byteLength(body) };
    const sent = httpRequest(
      url,
      { method, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
