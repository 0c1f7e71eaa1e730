import { setTimeout as delay } from 'node:timers/promises';
import type { SmtpEndpoint } from '@latchkey/settings';
import { createTransport } from 'nodemailer';
import type { ComposedMail } from '../compose-mail.ts';
import { startWithin, timeoutsFor } from './deadlines.ts';
import type { Progress } from './failure.ts';
import { createPermits } from './permits.ts';

/** Number of mails after which a connection is replaced. The usual limits of relays are not lower. */
const MAILS_PER_CONNECTION = 1_000;
/**
 * One repetition on a fresh connection, for a pooled connection that was already dead before a byte of the mail was read.
 * nodemailer never repeats after that point.
 */
const REQUEUES = 1;

/** How long one send waited for the pool and used it, in milliseconds; see `SendResult`. */
export interface Turn {
  readonly waitedMs: number;
  /** Null without a permit. */
  readonly heldMs: number | null;
}

export type TryResult = Turn &
  (
    | { readonly ok: true; readonly response: string }
    | { readonly ok: false; readonly error: unknown; readonly progress: Progress }
  );

/**
 * nodemailer's pool with every option set, without a logger, and with a watch on how far a mail got. There are as many permits
 * as connections, and each mail holds one while it is sent. A ghost delivery, which only takes the time of a mail, holds one,
 * too. So nodemailer's own queue stays empty.
 */
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
    // forceAuth: when credentials are configured and the server offers no login, that is an error; the mail is not sent without
    // login.
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

  /** The key is the signal of the send, because it is the only object of this package that nodemailer passes on unchanged. */
  const streams = new WeakMap<AbortSignal, { opened: number; begun: () => boolean }>();
  const permits = createPermits(connections);

  /** Waits for a permit, at most as long as a mail may wait for a connection. `work` runs while the permit is held. */
  const inTurn = async <T>(
    giveUp: AbortSignal,
    work: () => Promise<T>,
  ): Promise<Turn & { readonly result?: T }> => {
    const askedAt = performance.now();
    const release = await permits.take(giveUp, startWithin(sendDeadlineMs));
    const begunAt = performance.now();
    const waitedMs = begunAt - askedAt;
    if (!release) return { waitedMs, heldMs: null };

    try {
      const result = await work();
      return { result, waitedMs, heldMs: performance.now() - begunAt };
    } finally {
      release();
    }
  };

  transport.use('stream', (mail, next) => {
    const watched = mail.data.signal ? streams.get(mail.data.signal) : undefined;
    const message = mail.message;
    if (watched && message) {
      const open = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const stream = open(options);
        const before = watched.begun;
        watched.opened += 1;
        // nodemailer's own pool uses this property for the same question (smtp-pool/pool-resource.js).
        watched.begun = () => before() || stream.readableDidRead;
        return stream;
      };
    }
    next();
  });

  return {
    /** Sends one mail. On failure returns the error and how far the mail got; never rejects. */
    trySend: async ({ envelope, raw }: ComposedMail, signal: AbortSignal): Promise<TryResult> => {
      const watched = { opened: 0, begun: () => false };
      const failed = (error: unknown) => ({
        ok: false as const,
        error,
        progress: { envelopeBegun: watched.opened > 0, bodyBegun: watched.begun() },
      });
      streams.set(signal, watched);

      const { result = failed(undefined), ...turn } = await inTurn(signal, () =>
        transport
          .sendMail({ envelope: { ...envelope }, raw, signal })
          .then(({ response }) => ({ ok: true as const, response: response ?? '' }), failed),
      );
      return { ...result, ...turn };
    },

    /**
     * Holds a permit for `ms` milliseconds, as a mail does, and sends nothing. False when no permit came in time or `giveUp`
     * aborted.
     */
    occupy: async (ms: number, giveUp: AbortSignal): Promise<boolean> => {
      const { heldMs } = await inTurn(giveUp, () =>
        delay(ms, undefined, { signal: giveUp }).catch(() => undefined),
      );
      return heldMs !== null && !giveUp.aborted;
    },

    /** Connects, logs in and closes the connection. Rejects when one of these fails. */
    verify: () => transport.verify(),

    close: () => transport.close(),
  };
};
