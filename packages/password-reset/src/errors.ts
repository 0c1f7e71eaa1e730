/** What should not happen, thrown with a code and masked once at the edge. */
export class LatchkeyError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An engine cannot be reached in time. Trying again later may help. */
export class UnavailableError extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options);
  }
}

/** A row with this id is there already. */
export class DuplicateError extends LatchkeyError {
  constructor(message: string, options?: ErrorOptions) {
    super('DUPLICATE', message, options);
  }
}

/** The hashing pool's bounded queue is full. */
export class HasherBusyError extends LatchkeyError {
  constructor(options?: ErrorOptions) {
    super('HASHER_BUSY', 'all password hashing threads are busy and their queue is full', options);
  }
}
