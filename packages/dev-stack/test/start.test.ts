import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { startEngines } from '../src/engines.ts';
import { runScript } from './support/run-script.ts';

it('npm start keeps to names of its own in engines that are somebody else’s', {
  timeout: 60_000,
}, async () => {
  const engines = await startEngines();
  const redis = new Redis(engines.redis.url);
  const start = runScript('src/bin/start.ts', {
    ...process.env,
    MONGODB_URI: engines.mongo.uri,
    REDIS_URL: engines.redis.url,
  });
  await start.waitFor('Ctrl-C stops all of it.');

  const keys = await redis.keys('*');
  // The default prefix is that of whoever runs Latchkey on the same Redis; a worker with it would take their jobs.
  expect(keys.filter((key) => !/^\{?latchkey_start\b/.test(key))).toEqual([]);
  expect(keys).not.toEqual([]);

  start.child.kill('SIGTERM');
  expect(await start.exited()).toEqual({ code: 0, signal: null });
  redis.disconnect();
  await engines.stop();
});
