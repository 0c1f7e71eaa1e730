import { SEND_DEADLINE_MS } from '@latchkey/mail';
import { LEASE_MS } from '@latchkey/password-reset';

/**
 * A lease that could expire while a send still runs would make every slow relay a source of double mails. Both are constants
 * today; this keeps whoever changes one honest.
 */
export const assertLeaseOutlivesSend = (leaseMs = LEASE_MS, sendDeadlineMs = SEND_DEADLINE_MS): void => {
  if (leaseMs <= sendDeadlineMs) {
    throw new RangeError(
      `the lease (${leaseMs} ms) must be longer than a send may take (${sendDeadlineMs} ms)`,
    );
  }
};

/** What to say at boot when nobody has told the worker where sessions are; `none` is an answer. */
export const sessionsWarning = (sessionsCollection: string | undefined): string | undefined =>
  sessionsCollection === undefined
    ? 'SESSIONS_COLLECTION is not set here: when the answer of a reset is lost, or the API dies in it, this worker does not end the ' +
      'sessions that a login opened meanwhile; set it as for the API'
    : undefined;
