/** Hard limit of one send, from the call to its result. A delivery's lease must be longer. */
export const SEND_DEADLINE_MS = 20_000;

/**
 * By then a mail must have got its turn, a connection of its own; else it is given back untouched. A mail that gets it at the
 * last moment would be cut off while the relay thinks about its final dot, and come twice.
 */
export const startWithin = (sendDeadlineMs: number): number => Math.ceil(sendDeadlineMs * 0.5);

/** nodemailer's timeouts, as fractions of ours: they must fire first, because their errors name the phase. */
export const timeoutsFor = (sendDeadlineMs: number) => ({
  dnsTimeout: Math.ceil(sendDeadlineMs * 0.25),
  connectionTimeout: Math.ceil(sendDeadlineMs * 0.4),
  greetingTimeout: Math.ceil(sendDeadlineMs * 0.4),
  socketTimeout: Math.ceil(sendDeadlineMs * 0.75),
  /** How long the other side may take to hang up after we did. */
  socketCloseTimeout: Math.min(1_000, sendDeadlineMs),
});
