/**
 * Base class of the errors for what should not happen. Each has a `code`. The API never shows their messages to a client
 * (decision 23).
 */
export class LatchkeyError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An engine (MongoDB or Redis) could not be reached in time. The same call may succeed later. */
export class UnavailableError extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options);
  }
}

/** A row with this id exists already. */
export class DuplicateError extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('DUPLICATE', message, options);
  }
}

/** The bounded queue of the hashing pool has no room for this client. */
export class HasherBusyError extends LatchkeyError {
  constructor(options?: ErrorOptions) {
    super('HASHER_BUSY', 'all password hashing threads are busy and their queue is full', options);
  }
}
