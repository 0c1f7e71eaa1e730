// @ts-nocheck - the measured prototype as it was, so that other packages can test now; replaced by our own engine next
import type { Document } from 'bson';

export class MongoServerFault extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
    readonly extra: Document = {},
  ) {
    super(message);
  }
  toReply(): Document {
    return { ok: 0, errmsg: this.message, code: this.code, codeName: this.codeName, ...this.extra };
  }
}

export const badValue = (m: string) => new MongoServerFault(2, 'BadValue', m);
export const writeConflict = () =>
  new MongoServerFault(112, 'WriteConflict', 'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.', {
    errorLabels: ['TransientTransactionError'],
  });
export const noSuchTransaction = (n: unknown) =>
  new MongoServerFault(251, 'NoSuchTransaction', `Given transaction number ${n} does not match any in-progress transactions.`, {
    errorLabels: ['TransientTransactionError'],
  });

export function toFault(err: unknown): MongoServerFault {
  if (err instanceof MongoServerFault) return err;
  const m = (err as Error).message;
  if (/^Unknown (update|pipeline) operator/.test(m)) return new MongoServerFault(9, 'FailedToParse', m);
  if (/would create a conflict/.test(m)) return new MongoServerFault(40, 'ConflictingUpdateOperators', m);
  if (/immutable field/.test(m)) return new MongoServerFault(66, 'ImmutableField', m);
  return badValue(m);
}
