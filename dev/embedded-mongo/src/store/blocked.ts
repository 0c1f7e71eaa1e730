/**
 * Thrown when a write outside a transaction finds a document that an open transaction has changed. The write waits for the end
 * of the transaction and runs again. This error never reaches a client.
 */
export class WriteBlocked extends Error {
  readonly until: Promise<void>;

  constructor(until: Promise<void>) {
    super('blocked by an open transaction');
    this.name = 'WriteBlocked';
    this.until = until;
  }
}
