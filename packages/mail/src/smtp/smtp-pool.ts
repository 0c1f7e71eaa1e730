import { createTransport } from 'nodemailer';
import type { ComposedMail } from '../compose-mail.ts';
import { startWithin, timeoutsFor } from './deadlines.ts';
import type { Progress } from './failure.ts';
import type { SmtpEndpoint } from './smtp-url.ts';

/** A connection carries this many mails before it is replaced; the usual limits of relays are at or above it. */
const MAILS_PER_CONNECTION = 1_000;
/**
 * Once more over a fresh connection when a pooled one turns out to be dead before a byte of the mail was read. nodemailer
 * never does it after that point.
 */
const REQUEUES = 1;

export type TryResult =
  | { readonly ok: true; readonly response: string }
  | { readonly ok: false; readonly error: unknown; readonly progress: Progress };

/** nodemailer's pool with every option decided, no logger, and a way to see how far a mail got. */
export const createSmtpPool = ({
  endpoint,
  heloName,
  connections,
  sendDeadlineMs,
}: {
  readonly endpoint: SmtpEndpoint;
  readonly heloName: string;
  readonly connections: number;
  readonly sendDeadlineMs: number;
}) => {
  const transport = createTransport({
    pool: true,
    host: endpoint.host,
    port: endpoint.port,
    name: heloName,
    secure: endpoint.tls === 'direct',
    requireTLS: endpoint.tls === 'required',
    ...(endpoint.tls === 'local' ? { tls: { rejectUnauthorized: false } } : {}),
    // forceAuth: with credentials configured, a server that offers no login is an error and not a reason to go on without.
    ...(endpoint.credentials ? { auth: { ...endpoint.credentials }, forceAuth: true } : {}),
    ...timeoutsFor(sendDeadlineMs),
    maxConnections: connections,
    maxMessages: MAILS_PER_CONNECTION,
    maxRequeues: REQUEUES,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    debug: false,
  });

  /** By the signal of the send, the only thing that is ours and that nodemailer passes on unchanged. */
  const streams = new WeakMap<AbortSignal, { opened: number; begun: () => boolean }>();
  /** The sends that run, first come first. */
  const running = new Set<AbortSignal>();
  /**
   * nodemailer serves in order, so the first have its connections, if only one that is being set up. Taking a mail back would
   * close that connection too, and a relay that lets nobody in sooner would never get any.
   */
  const waitsForOthers = (signal: AbortSignal): boolean => [...running].indexOf(signal) >= connections;

  transport.use('stream', (mail, next) => {
    const watched = mail.data.signal ? streams.get(mail.data.signal) : undefined;
    const message = mail.message;
    if (watched && message) {
      const open = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const stream = open(options);
        const before = watched.begun;
        watched.opened += 1;
        // nodemailer's own pool trusts this property for the same question (smtp-pool/pool-resource.js).
        watched.begun = () => before() || stream.readableDidRead;
        return stream;
      };
    }
    next();
  });

  return {
    /** Hands one mail over, or tells why not and how far it got; never rejects. */
    trySend: async ({ envelope, raw }: ComposedMail, deadline: AbortSignal): Promise<TryResult> => {
      const watched = { opened: 0, begun: () => false };
      const tooLate = new AbortController();
      const signal = AbortSignal.any([deadline, tooLate.signal]);
      const timer = setTimeout(() => {
        if (watched.opened === 0 && waitsForOthers(signal)) tooLate.abort();
      }, startWithin(sendDeadlineMs));
      streams.set(signal, watched);
      running.add(signal);

      try {
        const { response } = await transport.sendMail({ envelope: { ...envelope }, raw, signal });
        return { ok: true, response: response ?? '' };
      } catch (error) {
        return {
          ok: false,
          error,
          progress: { envelopeBegun: watched.opened > 0, bodyBegun: watched.begun() },
        };
      } finally {
        clearTimeout(timer);
        running.delete(signal);
      }
    },

    /** Connects, greets, logs in, and says goodbye. */
    verify: () => transport.verify(),

    close: () => transport.close(),
  };
};
