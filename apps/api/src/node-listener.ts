import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain, type Logger } from '@latchkey/runtime';
import { sendNodeResponse } from '@whatwg-node/server';

/** The caller's side of a connection, as far as Node runs the server. */
export interface ServerContext {
  readonly req?: IncomingMessage;
  /** Address at the other end, as it was when the request arrived. */
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
 * Runs Yoga under Node. Its own listener answers an error outside the GraphQL part with the error's stack, file paths
 * included, and writes it to standard error; this one answers an empty 500 and logs it scrubbed.
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

    // A connection that was reset has no address any more. Asked later, all who hang up at once would share one limit, and
    // one network in the audit; here nobody is left to answer, and nothing has been done.
    const peer = request.socket.remoteAddress;
    if (peer === undefined) {
      response.destroy();
      return;
    }

    try {
      const answer = await yoga.handleNodeRequestAndResponse(request, response, { req: request, peer });
      // Whatever refused it early (its size, its type) has not read the body.
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
 * Node 20 keeps the first 1,000 headers of a request (2,000 entries of `rawHeaders`) and drops the rest without a word: what a
 * proxy appended, X-Forwarded-For with it, while a forged one further up would be believed.
 */
const MOST_HEADERS = 1_000;

/** RFC 9112, 3.2: 400 for a Host that is none. Yoga makes a URL of it; nothing else here looks at it. */
const isHost = (host = ''): boolean =>
  !/[\s/?#@\\]/.test(host) && URL.canParse(`http://${host || 'localhost'}`);
