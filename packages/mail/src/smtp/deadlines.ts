/** Hard limit of one send in milliseconds, from the call to its result. A delivery's lease must be longer. */
export const SEND_DEADLINE_MS = 20_000;

/**
 * Time within which a mail must get a connection, in milliseconds; else the send ends without contact to the relay. A mail that
 * got its connection later could reach the deadline while the relay checks the complete mail, and would then arrive twice.
 */
export const startWithin = (sendDeadlineMs: number): number => Math.ceil(sendDeadlineMs * 0.5);

/**
 * nodemailer's timeouts in milliseconds, as fractions of the deadline. They must fire before the deadline, because their errors
 * name the phase.
 */
export const timeoutsFor = (sendDeadlineMs: number) => ({
  dnsTimeout: Math.ceil(sendDeadlineMs * 0.25),
  connectionTimeout: Math.ceil(sendDeadlineMs * 0.4),
  greetingTimeout: Math.ceil(sendDeadlineMs * 0.4),
  socketTimeout: Math.ceil(sendDeadlineMs * 0.75),
  /** How long the relay may take to close the connection after this side closed it. */
  socketCloseTimeout: Math.min(1_000, sendDeadlineMs),
});
