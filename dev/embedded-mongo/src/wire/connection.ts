import type { Socket } from 'node:net';
import type { Doc } from '../bson/document.ts';
import type { Dispatch } from '../commands/dispatch.ts';
import { Fault, toFault } from '../errors.ts';
import { createFramer } from './framing.ts';
import { decodeRequest, type Envelope, encodeReply, envelopeOf } from './message.ts';

const faultReply = (error: unknown): Doc => {
  const fault = toFault(error);
  return { ok: 0, errmsg: fault.message, code: fault.code, codeName: fault.codeName };
};

/** A reply that is too large becomes an error reply. Closing the connection would not show the client the reason. */
const encoded = (envelope: Envelope, reply: Doc): Buffer => {
  try {
    return encodeReply(envelope, reply);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return encodeReply(
      envelope,
      faultReply(new Fault(10334, 'BSONObjectTooLarge', `the reply cannot be encoded: ${why}`)),
    );
  }
};

/**
 * Serves one client: messages in order, one at a time. An unreadable message is answered with an error. A stream that cannot be
 * split into messages is closed. Neither affects other clients.
 */
export const serveConnection = (socket: Socket, dispatch: Dispatch): void => {
  const frames = createFramer();
  const gone = new AbortController();
  const waiting: Buffer[] = [];
  let busy = false;

  const answer = async (message: Buffer): Promise<void> => {
    const envelope = envelopeOf(message);
    let reply: Doc;
    try {
      const request = decodeRequest(message, envelope);
      reply = await dispatch(request.body, gone.signal);
      if (request.silent) return;
    } catch (error) {
      reply = faultReply(error);
    }
    if (!socket.destroyed) socket.write(encoded(envelope, reply));
  };

  const drain = async (): Promise<void> => {
    busy = true;
    for (let message = waiting.shift(); message; message = waiting.shift()) await answer(message);
    busy = false;
  };

  socket.on('close', () => gone.abort());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      waiting.push(...frames(chunk));
    } catch {
      socket.destroy();
      return;
    }
    if (!busy) drain().catch(() => socket.destroy());
  });
};
