import { countWork, type MongoConnection } from '@latchkey/mongo';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** A row that is this late has no worker coming for it. */
const LATE_MS = 120_000;

/** Accepted work that nobody does, and mails that did not leave. Reads only. */
export const checkWork = async (connection: MongoConnection['connection'], now: Date): Promise<Finding[]> => {
  const lateSince = new Date(now.getTime() - LATE_MS);
  const { lateRequests, lateDeliveries, undelivered } = await countWork(connection, {
    lateSince,
    timeoutMs: 10_000,
  });

  return [
    lateRequests + lateDeliveries === 0
      ? ok('no accepted work is late')
      : problem(
          `${lateRequests} requests and ${lateDeliveries} mails are more than ${LATE_MS / 1000} s late: is a worker running, ` +
            'and does its /health/ready say ok?',
        ),
    undelivered === 0
      ? ok('no mail has been given up')
      : advice(
          `${undelivered} mails within RETENTION were refused or given up: see state and attempts in latchkey_deliveries`,
        ),
  ];
};
