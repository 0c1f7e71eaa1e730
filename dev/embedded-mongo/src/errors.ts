import type { Doc } from './bson/document.ts';

/** A fault that a client gets as `{ ok: 0, code, codeName, errmsg }`, with the codes of a MongoDB server. */
export class Fault extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly extra: Doc;

  constructor(code: number, codeName: string, message: string, extra: Doc = {}) {
    super(message);
    this.name = 'Fault';
    this.code = code;
    this.codeName = codeName;
    this.extra = extra;
  }
}

/** The answer to everything that is not implemented: an error, never a wrong result. */
export const notImplemented = (what: string): Fault =>
  new Fault(238, 'NotImplemented', `the embedded server does not implement ${what}`);

export const badValue = (message: string): Fault => new Fault(2, 'BadValue', message);
export const failedToParse = (message: string): Fault => new Fault(9, 'FailedToParse', message);
export const typeMismatch = (message: string): Fault => new Fault(14, 'TypeMismatch', message);
export const invalidOptions = (message: string): Fault => new Fault(72, 'InvalidOptions', message);
export const immutableField = (path: string): Fault =>
  new Fault(
    66,
    'ImmutableField',
    `Performing an update on the path '${path}' would modify the immutable field '${path}'`,
  );
export const conflictingPaths = (path: string): Fault =>
  new Fault(
    40,
    'ConflictingUpdateOperators',
    `Updating the path '${path}' would create a conflict at '${path}'`,
  );
export const namespaceNotFound = (message: string): Fault => new Fault(26, 'NamespaceNotFound', message);
export const maxTimeExpired = (): Fault => new Fault(50, 'MaxTimeMSExpired', 'operation exceeded time limit');
export const writeConflict = (): Fault =>
  new Fault(
    112,
    'WriteConflict',
    'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.',
  );
export const noSuchTransaction = (number: string): Fault =>
  new Fault(
    251,
    'NoSuchTransaction',
    `Given transaction number ${number} does not match any in-progress transactions.`,
  );

/** The fault that a client gets for a thrown value. A value that is not a Fault is a defect of this server. */
export const toFault = (error: unknown): Fault => {
  if (error instanceof Fault) return error;
  return new Fault(
    1,
    'InternalError',
    `the embedded server failed: ${error instanceof Error ? error.message : String(error)}`,
  );
};

const transientCodes = new Set([24, 112, 246]);
const retryableCodes = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Whether the driver may run the whole transaction again after this fault. */
export const isTransientInTransaction = (fault: Fault, ending: boolean): boolean =>
  transientCodes.has(fault.code) || fault.code === 251 || (!ending && retryableCodes.has(fault.code));
