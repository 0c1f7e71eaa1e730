import { type Doc, isDoc } from '../bson/document.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { Fault, failedToParse, notImplemented } from '../errors.ts';
import { requireFields } from './arguments.ts';

/**
 * One node in memory satisfies w 0, 1 and majority. For a higher w the answer is that of a server: the write is done, and the
 * reply contains a write concern error.
 */
export const unsatisfiedWriteConcern = (concern: unknown): Doc => {
  if (concern === undefined) return {};
  if (!isDoc(concern)) throw failedToParse('writeConcern must be an object');
  requireFields(concern, 'writeConcern', {
    known: ['w', 'j', 'wtimeout', 'wtimeoutMS', 'fsync', 'provenance'],
  });
  const w = concern['w'] ?? 1;
  if (w === 'majority') return {};
  if (typeof w === 'string')
    return {
      writeConcernError: {
        code: 79,
        codeName: 'UnknownReplWriteConcern',
        errmsg: `No write concern mode named '${w}' found in replica set configuration`,
      },
    };
  if (isDoc(w)) throw notImplemented('writeConcern.w by tags');
  if (!isNumeric(typeOf(w))) throw failedToParse('w has to be a number, string or object');
  const members = Number(w);
  if (!(members >= 0 && members <= 50))
    throw failedToParse('w has to be a non-negative number and not greater than 50');
  if (members <= 1) return {};
  return {
    writeConcernError: {
      code: 100,
      codeName: 'UnsatisfiableWriteConcern',
      errmsg: 'Not enough data-bearing nodes',
    },
  };
};

const LEVELS = new Set(['local', 'majority', 'available', 'linearizable']);

/** On one node every level except snapshot reads the same. Snapshot exists only inside transactions. */
export const requireReadConcern = (concern: unknown, inTransaction: boolean): void => {
  if (concern === undefined) return;
  if (!isDoc(concern)) throw failedToParse('readConcern must be an object');
  requireFields(concern, 'readConcern', {
    known: ['level', 'afterClusterTime', 'provenance'],
    refused: ['atClusterTime', 'afterOpTime'],
  });
  const level = concern['level'] ?? 'local';
  if (level === 'snapshot') {
    if (!inTransaction) throw notImplemented('snapshot reads outside a transaction');
    return;
  }
  if (typeof level !== 'string' || !LEVELS.has(level))
    throw failedToParse(
      "readConcern.level must be either 'local', 'majority', 'linearizable', 'available', or 'snapshot'",
    );
  if (inTransaction && (level === 'available' || level === 'linearizable'))
    throw new Fault(
      72,
      'InvalidOptions',
      `The readConcern level must be either 'local', 'majority' or 'snapshot' in a transaction, not '${level}'`,
    );
};
