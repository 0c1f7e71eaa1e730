/** Exit codes of every process, as published (sysexits where one fits). */
export const EXIT = {
  /** Stopped as asked. */
  ok: 0,
  /** Anything else, a missed shutdown deadline included. */
  failure: 1,
  /** An engine could not be reached at boot, or is not what is needed. */
  unavailable: 69,
  /** A worker that found itself stuck; the supervisor starts a fresh one. */
  stuck: 70,
  /** The configuration is wrong; every problem was listed. */
  config: 78,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
