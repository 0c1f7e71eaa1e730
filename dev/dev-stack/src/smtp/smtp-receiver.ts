import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { SmtpBehaviour, SmtpEvent, SmtpVerdict } from './behaviour.ts';
import { type Envelope, type ReceivedMail, readMail } from './received-mail.ts';

export interface SmtpReceiver {
  readonly port: number;
  stop(): Promise<void>;
}

class SmtpReply extends Error {
  readonly responseCode: number;

  constructor(code: number, message: string) {
    super(message);
    this.responseCode = code;
  }
}

type Callback = (error?: Error | null) => void;

/** The options of smtp-server, except the hooks that this receiver sets itself. */
export type ProtocolOptions = Omit<SMTPServerOptions, 'onConnect' | 'onMailFrom' | 'onRcptTo' | 'onData'>;

/** Starts an SMTP server on 127.0.0.1. It accepts every mail, unless its behaviour decides otherwise. */
export const startSmtpReceiver = async (deps: {
  port: number;
  protocol: ProtocolOptions;
  behaviour: () => SmtpBehaviour;
  /** Turns the received bytes into a mail. Default: they are parsed. */
  read?: (envelope: Envelope) => Promise<ReceivedMail>;
  nextId: () => number;
  onReceived: (mail: ReceivedMail) => void;
  onAcknowledged: (id: number) => void;
}): Promise<SmtpReceiver> => {
  const sockets = new Map<number, Socket>();

  const envelopeOf = (session: SMTPServerSession) => ({
    from: session.envelope.mailFrom === false ? null : session.envelope.mailFrom.address,
    to: session.envelope.rcptTo.map(({ address }) => address),
  });

  /** Runs the behaviour. If it throws, the reply is 451, so that the client does not wait and the process does not end. */
  const verdictOn = async (event: SmtpEvent): Promise<SmtpVerdict> => {
    try {
      return (await deps.behaviour()(event)) ?? 'accept';
    } catch (error) {
      const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
      return { code: 451, message: `4.3.0 the behaviour failed: ${why}` };
    }
  };

  const ask = async (session: SMTPServerSession, event: SmtpEvent, callback: Callback): Promise<boolean> => {
    const socket = sockets.get(session.remotePort);
    const verdict = await verdictOn(event);
    if (verdict === 'drop') socket?.destroy();
    // The client may have disconnected while the dialogue was held. Then no reply was sent.
    if (socket === undefined || socket.destroyed) return false;

    callback(
      verdict === 'accept' || verdict === 'drop' ? null : new SmtpReply(verdict.code, verdict.message),
    );
    return verdict === 'accept';
  };

  const server = new SMTPServer({
    name: 'mail-inbox',
    banner: 'development inbox',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true, // the reply is exactly the text of the behaviour
    logger: false, // this also allows the built-in certificate, which no client trusts
    closeTimeout: 100,
    socketTimeout: 600_000,
    ...deps.protocol,

    onConnect: (session, callback) => {
      void ask(session, { phase: 'connect', from: null, to: [], mail: null }, callback);
    },

    onMailFrom: (sender, session, callback) => {
      void ask(session, { phase: 'mail', from: sender.address, to: [], mail: null }, callback);
    },

    onRcptTo: (recipient, session, callback) => {
      const { from, to } = envelopeOf(session);
      void ask(session, { phase: 'rcpt', from, to: [...to, recipient.address], mail: null }, callback);
    },

    onData: (stream, session, callback) => {
      void receive(stream, session, callback);
    },
  });

  const receive = async (stream: Readable, session: SMTPServerSession, callback: Callback) => {
    // Null means that the client disconnected before the final dot. That is no mail, and no client waits for a reply.
    const raw = await buffer(stream).catch(() => null);
    if (raw === null) return;

    const { from, to } = envelopeOf(session);
    const envelope = { id: deps.nextId(), from: from ?? '', to, raw, receivedAt: new Date() };
    const mail = await (deps.read ?? readMail)(envelope).catch(() => null);
    if (mail === null) return callback(new SmtpReply(554, '5.6.0 not a message that can be read'));

    deps.onReceived(mail);
    if (await ask(session, { phase: 'data', from, to, mail }, callback)) deps.onAcknowledged(mail.id);
  };

  server.on('error', () => {}); // the error of a client that disconnected needs no handling
  server.listen(deps.port, '127.0.0.1');
  server.server.prependListener('connection', (socket: Socket) => {
    const port = socket.remotePort;
    if (port === undefined) return;
    sockets.set(port, socket);
    // Another connection may use the same port by then.
    socket.on('close', () => sockets.get(port) === socket && sockets.delete(port));
  });
  await once(server.server, 'listening');

  return {
    port: (server.server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
};
