import { silentLog } from '@latchkey/runtime';
import { createProducer, createQueueWorker, MAIL_DELIVERIES } from '../../src/index.ts';

/** Takes one job, writes `taken` and never finishes the job. The process that started this one kills it. */
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
