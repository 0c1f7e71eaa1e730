import { UnavailableError } from '../errors.ts';
import { parseAddress } from '../parts/address.ts';
import type { Identifiers } from '../parts/identifiers.ts';
import { newReference, newRequestId, randomDelayMs } from '../parts/random.ts';
import type { Client } from '../ports/client.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestLimits } from '../ports/limits.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { Requests } from '../ports/store.ts';

export interface RequestPasswordResetDeps {
  readonly requests: Pick<Requests, 'accept'>;
  readonly limits: RequestLimits;
  readonly jobQueue: Pick<JobQueue, 'request'>;
  readonly identifiers: Pick<Identifiers, 'account'>;
  readonly clock: Clock;
  /** RESET_LINK_TTL. Every answer contains it, whether the account exists or not. */
  readonly linkTtlMs: number;
  /** MAIL_JITTER: the worker starts at a random moment within it (decision 15). */
  readonly jitterMs: number;
}

/** One call of `requestPasswordReset`; `email` is as typed. */
export interface RequestPasswordResetInput {
  readonly email: string;
  readonly locale: string | null;
  readonly client: Client;
  readonly userAgent: string | null;
  readonly traceparent: string | null;
}

/** The result of a call: the same for every well-formed address, whether an account has it or not. */
export type RequestPasswordResetOutcome =
  | {
      readonly outcome: 'requested';
      readonly reference: string;
      readonly expiresInSeconds: number;
      /** False when the job could not be enqueued; the reconciler finds the row later. For metrics only, never for the answer. */
      readonly enqueued: boolean;
    }
  | { readonly outcome: 'invalid_email' | 'unavailable' }
  | { readonly outcome: 'rate_limited'; readonly retryAfterMs: number };

const MAX_LOCALE_LENGTH = 35;
const MAX_USER_AGENT_LENGTH = 256;

/**
 * Writes down that a reset was requested. The calls are the same for every well-formed address (syntax, network limit, account
 * limit, one insert, one job), and none of them reads accounts (decision 1).
 */
export const createRequestPasswordReset =
  ({ requests, limits, jobQueue, identifiers, clock, linkTtlMs, jitterMs }: RequestPasswordResetDeps) =>
  async (input: RequestPasswordResetInput): Promise<RequestPasswordResetOutcome> => {
    const address = parseAddress(input.email);
    if (address === undefined) return { outcome: 'invalid_email' };

    const network = await limits.network(input.client);
    if (!network.allowed) return { outcome: 'rate_limited', retryAfterMs: network.retryAfterMs };

    const identifierHmac = identifiers.account(address);
    const { overLimit } = await limits.account(identifierHmac);

    const requestId = newRequestId();
    const reference = newReference();
    const acceptedAt = clock.now();
    const dueAt = new Date(acceptedAt.getTime() + randomDelayMs(jitterMs));
    const { client, traceparent } = input;
    try {
      await requests.accept({
        requestId,
        reference,
        identifierHmac,
        address,
        overLimit,
        network: client.stored,
        userAgent: input.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
        locale: wellFormedLocale(input.locale),
        traceparent,
        acceptedAt,
        dueAt,
      });
    } catch (error) {
      if (error instanceof UnavailableError) return { outcome: 'unavailable' };
      throw error;
    }

    const enqueued = await jobQueue.request({ id: requestId, attempt: 0, dueAt, traceparent }).then(
      () => true,
      () => false,
    );
    return { outcome: 'requested', reference, expiresInSeconds: Math.floor(linkTtlMs / 1000), enqueued };
  };

/** A locale is only a preference, so text that is no BCP 47 tag is dropped and does not refuse the request. */
const wellFormedLocale = (locale: string | null): string | null =>
  locale && locale.length <= MAX_LOCALE_LENGTH && /^[A-Za-z0-9_-]+$/.test(locale) ? locale : null;
