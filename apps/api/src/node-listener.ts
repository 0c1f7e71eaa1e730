import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain, type Logger } from '@latchkey/runtime';
import { sendNodeResponse } from '@whatwg-node/server';

/** What Node knows of the connection. Both are absent when a test calls `yoga.fetch`. */
export interface ServerContext {
  readonly req?: IncomingMessage;
  /** Address of the other end, read when the request arrived. */
  readonly peer?: string;
}

interface Yoga {
  handleNodeRequestAndResponse(
    request: IncomingMessage,
    response: ServerResponse,
    context: ServerContext,
  ): Promise<Response> | Response;
}

/**
 * Runs Yoga under Node. When an error occurs outside the GraphQL part, Yoga's own listener sends the error's stack with its
 * file paths to the client and to standard error. This listener answers an empty 500 and logs the error without secrets.
 * See docs/decisions/0031.
 */
export const createNodeListener =
  ({ yoga, log }: { yoga: Yoga; log: Logger }) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (status: number): void => {
      drain(request);
      response.writeHead(status, { 'Cache-Control': 'no-store', Connection: 'close' }).end();
    };
    if (request.rawHeaders.length >= 2 * MOST_HEADERS) return refuse(431);
    if (!isHost(request.headers.host)) return refuse(400);

    // A connection that was reset has lost its address. If the address were read later, all clients that disconnect early
    // would share one rate limit and one network in the audit. At this point no work is done, and no client waits for an answer.
    const peer = request.socket.remoteAddress;
    if (peer === undefined) {
      response.destroy();
      return;
    }

    try {
      const answer = await yoga.handleNodeRequestAndResponse(request, response, { req: request, peer });
      // A refusal because of the size or the type has not read the body.
      drain(request);
      await sendNodeResponse(answer, response, request, true);
    } catch (error) {
      log.error({ err: error }, 'a request could not be answered');
      drain(request);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Cache-Control': 'no-store' }).end();
    }
  };

/**
 * Node 20 keeps the first 1,000 headers of a request (2,000 entries of `rawHeaders`) and silently drops the rest. Among the
 * dropped ones may be the X-Forwarded-For that a proxy appended. A forged one before it would then be taken as true.
 */
const MOST_HEADERS = 1_000;

/** RFC 9112, 3.2: an invalid Host gets 400. Yoga builds a URL from it; no other code here reads it. */
const isHost = (host = ''): boolean =>
  !/[\s/?#@\\]/.test(host) && URL.canParse(`http://${host || 'localhost'}`);
