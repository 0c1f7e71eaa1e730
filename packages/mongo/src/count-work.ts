import type { Connection } from 'mongoose';
import { modelsOf } from './models.ts';

/** Unsettled work, as far as somebody has to hear of it. */
export interface WorkCount {
  /** Rows that are due since before `lateSince`. */
  readonly lateRequests: number;
  readonly lateDeliveries: number;
  /** Mails that the relay refused for good or that were given up. */
  readonly undelivered: number;
}

/** Counts what a worker should have done, and what it could not do. Reads only. */
export const countWork = async (
  connection: Connection,
  { lateSince, timeoutMs }: { readonly lateSince: Date; readonly timeoutMs: number },
): Promise<WorkCount> => {
  const { requests, deliveries } = modelsOf(connection);
  const options = { maxTimeMS: timeoutMs };
  // `$exists` is the partial index's own condition.
  const late = { dueAt: { $exists: true, $lt: lateSince } };

  return {
    lateRequests: await requests.countDocuments(late, options),
    lateDeliveries: await deliveries.countDocuments(late, options),
    undelivered: await deliveries.countDocuments({ state: { $in: ['dead', 'failed'] } }, options),
  };
};
