import { countWork, type MongoConnection } from '@latchkey/mongo';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** No worker has taken a row that has been due for this long. */
const LATE_MS = 120_000;

/** Checks for accepted work that no worker does, and for mails that were not sent. Read only. */
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
            'and is its /health/ready ok?',
        ),
    undelivered === 0
      ? ok('no mail was refused or given up')
      : advice(
          `${undelivered} mails within RETENTION were refused or given up: see state and attempts in latchkey_deliveries`,
        ),
  ];
};
