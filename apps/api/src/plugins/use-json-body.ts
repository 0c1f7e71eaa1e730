import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';

/** Larger than every operation of the schema with its longest values. */
const MAX_BODY_BYTES = 16 * 1024;

/** The Node request, if Node runs the server. */
interface ServerContext {
  readonly req?: Readable;
}

/**
 * Reads the body in place of Yoga's parsers. Those also accept forms, multipart and query strings, and their errors quote the
 * body. The reading stops at the size limit, whether or not the client sent a Content-Length.
 */
export const useJsonBody = (): Plugin<object, ServerContext> => ({
  onRequestParse({ request, serverContext, setRequestParser, fetchAPI }) {
    if (request.method !== 'POST') return;

    setRequestParser(async () => {
      // A client that disconnects in the middle is no error of the API, and no client is left to read the answer.
      const bytes = await readBytes(request, serverContext.req).catch(() => NOTHING);

      return bytes === undefined ? new fetchAPI.Response(null, { status: 413 }) : paramsFrom(bytes);
    });
  },
});

const NOTHING = Buffer.alloc(0);

/** The body; undefined if it is too large. */
const readBytes = async (request: Request, stream: Readable | undefined): Promise<Buffer | undefined> => {
  // Node delivers exactly as many bytes as Content-Length says.
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) return undefined;
  if (stream !== undefined) return collect(stream);

  const bytes = Buffer.from(await request.arrayBuffer());
  return bytes.length <= MAX_BODY_BYTES ? bytes : undefined;
};

/** Reads up to the limit. The listener discards the rest of a larger body. */
const collect = (stream: Readable): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= MAX_BODY_BYTES) return;

      stream.off('data', onData).pause();
      resolve(undefined);
    };

    stream.on('data', onData);
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
  });

const paramsFrom = (bytes: Buffer): GraphQLParams => {
  // Decoding would silently replace each byte that is not UTF-8 by U+FFFD. The result would be a different password.
  if (!isUtf8(bytes)) throw badRequest();
  const body = parseJson(bytes.toString('utf8'));
  if (!isObject(body) || !Object.keys(body).every((key) => PARAMS.has(key))) throw badRequest();

  const { query, variables, operationName, extensions } = body;
  if (typeof query !== 'string' || query === '') throw badRequest();
  if (operationName != null && typeof operationName !== 'string') throw badRequest();
  if (!isAbsentOrObject(variables) || !isAbsentOrObject(extensions)) throw badRequest();

  return {
    query,
    ...(variables ? { variables } : {}),
    ...(operationName ? { operationName } : {}),
  };
};

const PARAMS = new Set(['query', 'variables', 'operationName', 'extensions']);

// The error of JSON.parse quotes the text, which may contain a password, so it is replaced.
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest();
  }
};

const badRequest = () => new GraphQLError('bad request', { extensions: { code: 'BAD_REQUEST' } });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsentOrObject = (value: unknown): value is Record<string, unknown> | null | undefined =>
  value == null || isObject(value);
