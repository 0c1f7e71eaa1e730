import type { Connection } from 'mongoose';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** A row that is this late has no worker coming for it. */
const LATE_MS = 120_000;

/** Accepted work that nobody does, and mails that did not leave. Reads only. */
export const checkWork = async (connection: Connection, now: Date): Promise<Finding[]> => {
  const late = { dueAt: { $exists: true, $lt: new Date(now.getTime() - LATE_MS) } };
  const requests = await count(connection, 'latchkey_requests', late);
  const deliveries = await count(connection, 'latchkey_deliveries', late);
  const dead = await count(connection, 'latchkey_deliveries', { state: { $in: ['dead', 'failed'] } });

  return [
    requests + deliveries === 0
      ? ok('no accepted work is late')
      : problem(
          `${requests} requests and ${deliveries} mails are more than ${LATE_MS / 1000} s late: is a worker running, ` +
            'and does its /health/ready say ok?',
        ),
    dead === 0
      ? ok('no mail has been given up')
      : advice(
          `${dead} mails within RETENTION were refused or given up: see state and attempts in latchkey_deliveries`,
        ),
  ];
};

const count = (
  connection: Connection,
  collection: string,
  filter: Record<string, unknown>,
): Promise<number> => connection.collection(collection).countDocuments(filter, { maxTimeMS: 10_000 });
