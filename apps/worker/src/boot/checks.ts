import { SEND_DEADLINE_MS } from '@latchkey/mail';
import { LEASE_MS } from '@latchkey/password-reset';

/**
 * Throws if a lease could expire while a send still runs, because every slow relay would then cause double mails. Both times
 * are constants; this check protects a later change of one of them.
 */
export const assertLeaseOutlivesSend = (leaseMs = LEASE_MS, sendDeadlineMs = SEND_DEADLINE_MS): void => {
  if (leaseMs <= sendDeadlineMs) {
    throw new RangeError(
      `the lease (${leaseMs} ms) must be longer than a send may take (${sendDeadlineMs} ms)`,
    );
  }
};

/** The warning at the start of a worker without SESSIONS_COLLECTION. The value `none` counts as set. */
export const sessionsWarning = (sessionsCollection: string | undefined): string | undefined =>
  sessionsCollection === undefined
    ? 'SESSIONS_COLLECTION is not set here: if the API stops during a reset, or the answer of the database is lost, this ' +
      'worker does not end the sessions that a login opened meanwhile; set it as for the API'
    : undefined;
