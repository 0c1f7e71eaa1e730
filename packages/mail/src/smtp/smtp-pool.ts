import { setTimeout as delay } from 'node:timers/promises';
import type { SmtpEndpoint } from '@latchkey/settings';
import { createTransport } from 'nodemailer';
import type { ComposedMail } from '../compose-mail.ts';
import { startWithin, timeoutsFor } from './deadlines.ts';
import type { Progress } from './failure.ts';
import { createPermits } from './permits.ts';

/** A connection carries this many mails before it is replaced; the usual limits of relays are at or above it. */
const MAILS_PER_CONNECTION = 1_000;
/**
 * Once more over a fresh connection when a pooled one turns out to be dead before a byte of the mail was read. nodemailer
 * never does it after that point.
 */
const REQUEUES = 1;

/** What one send took of the pool; see `SendResult`. */
export interface Turn {
  readonly waitedMs: number;
  /** Null when it got no permit. */
  readonly heldMs: number | null;
}

export type TryResult = Turn &
  (
    | { readonly ok: true; readonly response: string }
    | { readonly ok: false; readonly error: unknown; readonly progress: Progress }
  );

/**
 * nodemailer's pool with every option decided, no logger, and a way to see how far a mail got. Above it stands one permit for
 * each connection, for mails and for what only takes the time of one: nodemailer has no queue of its own then.
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
  const permits = createPermits(connections);

  /** Waits for a permit, but no longer than a mail may wait for its turn; `work` is done while it is held. */
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
        // nodemailer's own pool trusts this property for the same question (smtp-pool/pool-resource.js).
        watched.begun = () => before() || stream.readableDidRead;
        return stream;
      };
    }
    next();
  });

  return {
    /** Hands one mail over, or tells why not and how far it got; never rejects. */
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

    /** Takes a permit as a mail does, for `ms`, and sends nothing. False when it got none in time, or `giveUp` ended it. */
    occupy: async (ms: number, giveUp: AbortSignal): Promise<boolean> => {
      const { heldMs } = await inTurn(giveUp, () =>
        delay(ms, undefined, { signal: giveUp }).catch(() => undefined),
      );
      return heldMs !== null && !giveUp.aborted;
    },

    /** Connects, greets, logs in, and says goodbye. */
    verify: () => transport.verify(),

    close: () => transport.close(),
  };
};
