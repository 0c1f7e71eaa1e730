import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@latchkey/runtime';
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
 */
export const createNodeListener =
  ({ yoga, logger }: { yoga: Yoga; logger: Logger }) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isHost(request.headers.host)) {
      response.writeHead(400, { 'Cache-Control': 'no-store', Connection: 'close' }).end();
      return;
    }

    // A connection that was reset has no address any more. Asked later, all who hang up at once would share one limit, and
    // one network in the audit; here nobody is left to answer, and nothing has been done.
    const peer = request.socket.remoteAddress;
    if (peer === undefined) {
      response.destroy();
      return;
    }

    try {
      const answer = await yoga.handleNodeRequestAndResponse(request, response, { req: request, peer });
      await sendNodeResponse(answer, response, request, true);
    } catch (error) {
      logger.error({ err: error }, 'a request could not be answered');
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Cache-Control': 'no-store' }).end();
    }
  };

/** RFC 9112, 3.2: 400 for a Host that is none. Yoga makes a URL of it; nothing else here looks at it. */
const isHost = (host = ''): boolean =>
  !/[\s/?#@\\]/.test(host) && URL.canParse(`http://${host || 'localhost'}`);
