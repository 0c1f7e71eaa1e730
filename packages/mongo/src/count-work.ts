import type { Connection } from 'mongoose';
import { modelsOf } from './models.ts';

/** Unsettled work, as far as an operator must know of it. */
export interface WorkCount {
  /** Number of rows whose `dueAt` is earlier than `lateSince`. */
  readonly lateRequests: number;
  readonly lateDeliveries: number;
  /** Number of mails that the relay refused for good or whose retries ended without success. */
  readonly undelivered: number;
}

/** Counts the work that is late and the mails that could not be delivered. Only reads. */
export const countWork = async (
  connection: Connection,
  { lateSince, timeoutMs }: { readonly lateSince: Date; readonly timeoutMs: number },
): Promise<WorkCount> => {
  const { requests, deliveries } = modelsOf(connection);
  const options = { maxTimeMS: timeoutMs };
  // With the partial index's own condition (`$exists`) the planner may use that index.
  const late = { dueAt: { $exists: true, $lt: lateSince } };

  return {
    lateRequests: await requests.countDocuments(late, options),
    lateDeliveries: await deliveries.countDocuments(late, options),
    undelivered: await deliveries.countDocuments({ state: { $in: ['dead', 'failed'] } }, options),
  };
};
