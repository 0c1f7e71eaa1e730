/**
 * Thrown when a write outside a transaction meets a document that an open transaction has changed: it waits for the
 * transaction's end and runs again. Never reaches a client.
 */
export class WriteBlocked extends Error {
  readonly until: Promise<void>;

  constructor(until: Promise<void>) {
    super('blocked by an open transaction');
    this.name = 'WriteBlocked';
    this.until = until;
  }
}
