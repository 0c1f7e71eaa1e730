/** The configuration cannot be used. `problems` has one line per name and never a value. Ends a process with exit code 78. */
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
 * An engine (MongoDB, Redis, the mail relay) cannot be used: it is unreachable at boot, or its configuration does not fit.
 * `remedy` says what the operator should do. Ends a process with exit code 69.
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
