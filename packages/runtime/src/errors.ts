/** The configuration cannot be used. `problems` has one line per name and never a value. Ends a process with 78. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`${problems.length} configuration problem(s): ${problems.join('; ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * An engine (MongoDB, Redis, the mail relay) cannot be used: unreachable at boot or set up in a way that cannot work.
 * `remedy` says what to do about it. Ends a process with 69.
 */
export class EngineError extends Error {
  readonly code = 'ENGINE';
  readonly engine: string;
  readonly remedy: string;

  constructor(
    { engine, message, remedy }: { engine: string; message: string; remedy: string },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EngineError';
    this.engine = engine;
    this.remedy = remedy;
  }
}
