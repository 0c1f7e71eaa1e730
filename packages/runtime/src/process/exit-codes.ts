/** Exit codes of every process, as documented (from sysexits where one fits). */
export const EXIT = {
  /** The process was asked to stop and stopped cleanly. */
  ok: 0,
  /** Any other failure, also a stop that missed its deadline. */
  failure: 1,
  /** At boot an engine could not be reached, or does not meet the requirements. */
  unavailable: 69,
  /** A worker found that it is stuck; the supervisor should start a new process. */
  stuck: 70,
  /** The configuration is wrong; all problems were written to standard error. */
  config: 78,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
