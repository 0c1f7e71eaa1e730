import { silentLog } from '@latchkey/runtime';
import { createProducer, createQueueWorker, MAIL_DELIVERIES } from '../../src/index.ts';

/** Takes one job, says so, and never finishes it; somebody else kills this process. */
const redisUrl = process.env['REDIS_URL'] ?? '';
const prefix = '{latchkey}';

createQueueWorker({
  queue: MAIL_DELIVERIES,
  redisUrl,
  prefix,
  concurrency: 1,
  handle: () => {
    process.stdout.write('taken\n');
    return new Promise(() => {});
  },
  producer: createProducer({ redisUrl, prefix }),
  onStuck: () => {},
  log: silentLog,
  clock: { now: () => new Date() },
});
