import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { leaveNoTrace } from '../src/demo/leave-no-trace.ts';
import { runDemo } from '../src/demo/run-demo.ts';
import { createSteps } from '../src/demo/steps.ts';
import { startEngines } from '../src/engines.ts';
import { startStack } from '../src/stack/start-stack.ts';
import { descendantsOf, eventually, stillRunning } from './support/process-table.ts';
import { runScript } from './support/run-script.ts';

const TIMEOUT_MS = 120_000;

describe('npm run demo', () => {
  it('succeeds twice at the same time', { timeout: TIMEOUT_MS }, async () => {
    const demos = [runScript('src/bin/demo.ts'), runScript('src/bin/demo.ts')];

    for (const demo of demos) {
      expect(await demo.exited(), demo.output()).toEqual({ code: 0, signal: null });
      expect(demo.output()).toMatch(/All of it held: 13 steps/);
      expect(demo.output().match(/✓ +[\d.]+ m?s /g)).toHaveLength(13);
    }
  });

  it('leaves nothing behind when Ctrl-C comes in the middle of it', { timeout: TIMEOUT_MS }, async () => {
    const demo = runScript('src/bin/demo.ts');
    await demo.waitFor('asks for a link');
    const family = descendantsOf(demo.pid);
    expect(family.size).toBeGreaterThanOrEqual(8);

    demo.child.kill('SIGINT');

    expect(await demo.exited()).toEqual({ code: 130, signal: null });
    const left = () => stillRunning(family);
    expect(await eventually(left, ({ length }) => length === 0, 10_000)).toEqual([]);
  });

  it.each([
    ['while it is still starting', 'users'],
    ['in the middle of it', 'latchkey_deliveries'],
  ])(
    'leaves nothing in engines that are somebody else’s, not even when it is interrupted %s',
    {
      timeout: TIMEOUT_MS,
    },
    async (_when, collection) => {
      const engines = await startEngines();
      const redis = new Redis(engines.redis.url);
      const mongo = await MongoClient.connect(engines.mongo.uri);
      const databases = async () => {
        const { databases: all } = await mongo.db().admin().listDatabases();
        return all.map(({ name }) => name).filter((name) => name.startsWith('latchkey_demo_'));
      };
      const demo = runScript('src/bin/demo.ts', {
        ...process.env,
        MONGODB_URI: engines.mongo.uri,
        REDIS_URL: engines.redis.url,
      });

      const [name = ''] = await eventually(databases, ({ length }) => length > 0, 30_000);
      const written = () => mongo.db(name).collection(collection).countDocuments();
      expect(await eventually(written, (count) => count > 0, 30_000)).toBeGreaterThan(0);
      demo.child.kill('SIGTERM');
      await demo.exited();

      expect(await redis.keys('*')).toEqual([]);
      expect(await databases()).toEqual([]);
      redis.disconnect();
      await mongo.close();
      await engines.stop();
    },
  );

  it('does not wait for a Redis that hangs when it is interrupted', { timeout: TIMEOUT_MS }, async () => {
    const engines = await startEngines();
    const demo = runScript('src/bin/demo.ts', { ...process.env, REDIS_URL: engines.redis.url });
    await demo.waitFor('the mail arrives over SMTP');
    if (engines.redis.pid === null) throw new Error('not ours');
    process.kill(engines.redis.pid, 'SIGSTOP');

    demo.child.kill('SIGINT');
    const patience = setTimeout(() => demo.child.kill('SIGKILL'), 40_000);
    expect(await demo.exited()).toEqual({ code: 130, signal: null });

    clearTimeout(patience);
    process.kill(engines.redis.pid, 'SIGCONT');
    await engines.stop();
  });

  it('fails, and says why, when an engine that was named is not there', async () => {
    const demo = runScript('src/bin/demo.ts', { ...process.env, REDIS_URL: 'redis://127.0.0.1:1' });

    expect(await demo.exited()).toEqual({ code: 1, signal: null });
    expect(demo.output()).toMatch(/did not hold: REDIS_URL is set, but no Redis answers/);
  });

  it('fails at the first step that does not hold', { timeout: TIMEOUT_MS }, async () => {
    const printed: string[] = [];
    const steps = createSteps({ print: (line) => printed.push(line), tick: 'yes', cross: 'no' });
    const name = `latchkey_broken_${randomBytes(6).toString('hex')}`;
    // With this setting no app ends the sessions of the host app.
    const stack = await startStack({
      database: name,
      env: { both: { SESSIONS_COLLECTION: 'none', QUEUE_PREFIX: `{${name}}` } },
    });

    await expect(runDemo({ stack, steps })).rejects.toThrow('0 sessions ended, not both');
    await stack.stop();
    await leaveNoTrace({ ...stack, name });

    expect(printed.at(-1)).toMatch(/^ {2}no .* chooses a new password$/);
  });
});
