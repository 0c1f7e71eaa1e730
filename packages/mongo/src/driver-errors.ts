import { DuplicateError, UnavailableError } from '@latchkey/password-reset';
import { MongooseError, mongo } from 'mongoose';

/** An operation had no answer within its deadline; a frozen server looks like this. */
export class NoAnswerError extends Error {
  constructor(timeoutMs: number) {
    super(`MongoDB did not answer within ${timeoutMs} ms`);
    this.name = 'NoAnswerError';
  }
}

const DUPLICATE_KEY = 11000;

/**
 * Server codes that say "not now": unreachable or stepping-down nodes, interrupted work, time limits, a write concern that
 * was not met in time (64) or cannot be met while members are away (100), a transaction past its lifetime (290), a cache
 * (365) or disk (14031) without room, a login that has to be made anew (391), a limit of requests (462).
 */
const NOT_NOW = new Set([
  6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 202, 262, 290, 365, 391, 462, 9001, 10058, 10107, 11600, 11601,
  11602, 13435, 13436, 14031,
]);

/** The same in the server's own words, whatever the code; newer servers have codes that no list of ours knows. */
const NOT_NOW_LABELS = ['RetryableError', 'SystemOverloadedError', 'RetryableWriteError'];

/** Whatever the proxies of Atlas say themselves has this one code: a quota or an outage, but also a missing permission. */
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

/** Errors that the driver or mongoose do not export as classes. */
const NOT_NOW_NAMES = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongooseServerSelectionError',
]);

/** Node's own, which the driver lets through when a socket ends between two of its looks at it. */
const SOCKET_CODES = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ECONNREFUSED', 'ETIMEDOUT']);

const isSocketError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && SOCKET_CODES.has(String(error.code));

/** Whether a key is taken already (E11000). */
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

/** A node that is no primary (any more), or shuts down; another one is there, or soon will be. */
const STEPPED_DOWN = new Set([91, 189, 10058, 10107, 11600, 11602, 13435, 13436]);

/**
 * Of what means "not now" that which another try may find over: connections lost or thrown away, a step-down. Not a server
 * that was looked for in vain, did not answer or sheds load: it is away, or better left alone.
 */
export const isMomentary = (error: unknown): boolean => {
  if (error instanceof UnavailableError) return isMomentary(error.cause);
  if (isSocketError(error)) return true;
  if (!(error instanceof mongo.MongoError) || error.hasErrorLabel('SystemOverloadedError')) return false;
  if (error instanceof mongo.MongoNetworkTimeoutError) return false;
  if (error instanceof mongo.MongoNetworkError || error.hasErrorLabel('RetryableWriteError')) return true;
  return typeof error.code === 'number' && STEPPED_DOWN.has(error.code);
};

/** Whether the driver marks the error, or what caused it, with `label`. */
export const hasLabel = (error: unknown, label: string): boolean => {
  if (error instanceof mongo.MongoError && error.hasErrorLabel(label)) return true;
  return error instanceof UnavailableError && hasLabel(error.cause, label);
};

/**
 * The one place where driver errors become the core's: unreachable → `UnavailableError`, E11000 → `DuplicateError`,
 * anything else unchanged. The messages repeat nothing of a document, since E11000 quotes the key and may reach a log.
 */
export const translate = (error: unknown): unknown => {
  if (isDuplicateKey(error)) return new DuplicateError('a document with this key exists already');
  if (isUnavailable(error)) return new UnavailableError('MongoDB cannot be reached', { cause: error });
  return error;
};
