import type { Mailer, MailMessage, SendClass, SendResult } from '@latchkey/password-reset';
import { ConfigError } from '@latchkey/runtime';
import type { MailFrom, SmtpEndpoint } from '@latchkey/settings';
import pTimeout from 'p-timeout';
import { chooseLocale } from './choose-locale.ts';
import { composeMail } from './compose-mail.ts';
import { messageIdFor } from './message-id.ts';
import { TEMPLATE_VERSION } from './render-mail.ts';
import { classifyFailure } from './smtp/classify.ts';
import { SEND_DEADLINE_MS } from './smtp/deadlines.ts';
import { codesOf, describeFailure } from './smtp/failure.ts';
import { createSmtpPool } from './smtp/smtp-pool.ts';

/** The relay and the sender of the mails. */
export interface SmtpMailerOptions {
  /** In order of preference; only the first is used so far. */
  readonly endpoints: readonly SmtpEndpoint[];
  readonly from: MailFrom;
  /** Base of the public pages, without a trailing slash. */
  readonly publicWebUrl: string;
  /** Maximum of connections at the same time. */
  readonly connections: number;
  /** Hard limit of one send, in milliseconds; {@link SEND_DEADLINE_MS} by default. */
  readonly sendDeadlineMs?: number;
}

/** Whether the relay accepts connections and the login now. `class` and `code` as in a `SendResult`. */
type VerifyResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly class: SendClass; readonly code: number | null };

/** The core's mailer, with the functions that its process needs besides. */
export interface SmtpMailer extends Mailer {
  /** Connects and logs in without sending; never rejects. */
  verify(): Promise<VerifyResult>;
  /**
   * Waits for the running sends (each ends within its deadline), then closes the connections. A later send gets the class
   * `transient`.
   */
  close(): Promise<void>;
}

type Outcome = Omit<SendResult, 'provider' | 'ms'>;

const NO_TURN = { waitedMs: 0, heldMs: null };

const UNTOUCHED = { envelopeBegun: false, bodyBegun: false };

/** The core's `Mailer` over SMTP. Connects at the first send. @throws ConfigError when there is no endpoint. */
export const createSmtpMailer = ({
  endpoints,
  from: sender,
  publicWebUrl,
  connections,
  sendDeadlineMs = SEND_DEADLINE_MS,
}: SmtpMailerOptions): SmtpMailer => {
  const [endpoint] = endpoints;
  if (endpoint === undefined) throw new ConfigError(['SMTP_URL: is missing']);

  const brand = { product: sender.name || sender.domain, publicWebUrl };
  const pool = createSmtpPool({ endpoint, heloName: sender.domain, connections, sendDeadlineMs });
  const running = new Set<Promise<SendResult>>();
  let closed = false;

  const handOver = async (message: MailMessage, deadline: AbortSignal): Promise<Outcome> => {
    const mail = await composeMail(message, { from: sender, brand });
    if (mail === undefined) {
      return { class: 'permanent', phase: 'render', code: null, enhancedCode: null, ...NO_TURN };
    }

    const result = await pool.trySend(mail, deadline);
    const { waitedMs, heldMs } = result;
    if (result.ok) return { class: 'accepted', phase: 'done', ...codesOf(result.response), waitedMs, heldMs };

    const failure = describeFailure(result.error, result.progress);
    const { phase, code, enhancedCode } = failure;
    return { class: classifyFailure(failure), phase, code, enhancedCode, waitedMs, heldMs };
  };

  const attempt = async (message: MailMessage): Promise<Outcome> => {
    // p-timeout does not fit here: at the deadline the send itself must end, and its result says how far the mail got.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), sendDeadlineMs);

    try {
      return await handOver(message, deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  };

  const timed = async (message: MailMessage): Promise<SendResult> => {
    const startedAt = performance.now();
    const outcome = await attempt(message);
    return { ...outcome, provider: endpoint.host, ms: Math.round(performance.now() - startedAt) };
  };

  return {
    templateVersion: TEMPLATE_VERSION,
    chooseLocale,
    messageId: (deliveryId) => messageIdFor(deliveryId, sender.domain),

    send: async (message) => {
      // nodemailer would refuse the mail, too, but only after rendering. This answer comes at once, so a closing worker can
      // release the row at once.
      if (closed) {
        return {
          class: 'transient',
          provider: endpoint.host,
          phase: 'connect',
          code: null,
          enhancedCode: null,
          ms: 0,
          ...NO_TURN,
        };
      }

      const sending = timed(message);
      running.add(sending);
      try {
        return await sending;
      } finally {
        running.delete(sending);
      }
    },

    occupy: async ({ ms, giveUp }) => !closed && pool.occupy(Math.min(ms, sendDeadlineMs), giveUp),

    verify: async () => {
      const verifying = pool.verify().then(
        () => undefined,
        (error: unknown) => describeFailure(error, UNTOUCHED),
      );
      const outcome = await pTimeout(verifying, {
        milliseconds: sendDeadlineMs,
        fallback: () => describeFailure(undefined, UNTOUCHED),
      });

      return outcome === undefined
        ? { ok: true }
        : { ok: false, class: classifyFailure(outcome), code: outcome.code };
    },

    close: async () => {
      closed = true;
      await Promise.allSettled(running);
      pool.close();
    },
  };
};
