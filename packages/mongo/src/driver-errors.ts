import { DuplicateError, UnavailableError } from '@latchkey/password-reset';
import { MongooseError, mongo } from 'mongoose';

/** An operation had no answer within its deadline, for example because the server is frozen. */
export class NoAnswerError extends Error {
  constructor(timeoutMs: number) {
    super(`MongoDB did not answer within ${timeoutMs} ms`);
    this.name = 'NoAnswerError';
  }
}

const DUPLICATE_KEY = 11000;

/**
 * Server codes with the meaning "not now": a node that is unreachable or steps down, interrupted work, time limits, a write
 * concern that was not met in time (64) or cannot be met while members are away (100), a transaction past its lifetime (290),
 * no room in the cache (365) or on the disk (14031), a login that must be made again (391), a limit of requests (462).
 */
const NOT_NOW = new Set([
  6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 202, 262, 290, 365, 391, 462, 9001, 10058, 10107, 11600, 11601,
  11602, 13435, 13436, 14031,
]);

/**
 * Error labels with the meaning "not now". They are checked besides the codes, because newer servers have codes that the list
 * above lacks.
 */
const NOT_NOW_LABELS = ['RetryableError', 'SystemOverloadedError', 'RetryableWriteError'];

/**
 * The proxies of Atlas use this one code for all of their own errors: for a quota and an outage, but also for a missing
 * permission.
 */
const ATLAS = 8000;
const ATLAS_REFUSAL = /auth|not allowed|not supported|unsupported/i;

const NOT_NOW_CLASSES = [
  mongo.MongoNetworkError,
  mongo.MongoServerSelectionError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoServerClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoOperationTimeoutError,
  mongo.MongoExpiredSessionError,
  NoAnswerError,
];

/** Errors that the driver and mongoose do not export as classes. */
const NOT_NOW_NAMES = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongooseServerSelectionError',
]);

/** Node's own codes. The driver passes such an error on when a socket ends between two of the driver's checks of it. */
const SOCKET_CODES = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ECONNREFUSED', 'ETIMEDOUT']);

const isSocketError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && SOCKET_CODES.has(String(error.code));

/** Whether a unique key exists already (E11000). */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;

const isUnavailable = (error: unknown): boolean => {
  if (NOT_NOW_CLASSES.some((known) => error instanceof known)) return true;
  if (error instanceof mongo.MongoWriteConcernError || isSocketError(error)) return true;
  if (error instanceof mongo.MongoServerError) {
    if (NOT_NOW_LABELS.some((label) => error.hasErrorLabel(label))) return true;
    if (error.code === ATLAS) return !ATLAS_REFUSAL.test(error.message);
    return typeof error.code === 'number' && NOT_NOW.has(error.code);
  }
  return (error instanceof Error || error instanceof MongooseError) && NOT_NOW_NAMES.has(error.name);
};

/** Codes of a node that is no primary (any more) or shuts down. Another node is the primary, or will be soon. */
const STEPPED_DOWN = new Set([91, 189, 10058, 10107, 11600, 11602, 13435, 13436]);

/**
 * Whether an "unavailable" error may be over at the next try: a lost or closed connection, or a step-down. False when no server
 * was found, when a server did not answer, and when a server sheds load: a new try then fails again or adds load.
 */
export const isMomentary = (error: unknown): boolean => {
  if (error instanceof UnavailableError) return isMomentary(error.cause);
  if (isSocketError(error)) return true;
  if (!(error instanceof mongo.MongoError) || error.hasErrorLabel('SystemOverloadedError')) return false;
  if (error instanceof mongo.MongoNetworkTimeoutError) return false;
  if (error instanceof mongo.MongoNetworkError || error.hasErrorLabel('RetryableWriteError')) return true;
  return typeof error.code === 'number' && STEPPED_DOWN.has(error.code);
};

/** Whether the error, or the error that caused it, has the driver's label `label`. */
export const hasLabel = (error: unknown, label: string): boolean => {
  if (error instanceof mongo.MongoError && error.hasErrorLabel(label)) return true;
  return error instanceof UnavailableError && hasLabel(error.cause, label);
};

/**
 * The one place where driver errors become errors of the core: "not now" → `UnavailableError`, E11000 → `DuplicateError`, all
 * others unchanged. The new messages contain nothing of a document, because the message of E11000 quotes the key and could
 * reach a log.
 */
export const translate = (error: unknown): unknown => {
  if (isDuplicateKey(error)) return new DuplicateError('a document with this key exists already');
  if (isUnavailable(error)) return new UnavailableError('MongoDB cannot be reached', { cause: error });
  return error;
};
