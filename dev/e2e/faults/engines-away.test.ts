import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { devEnvironment } from '@latchkey/dev-stack';
import { onMongo, sharedMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { describe, expect, it, type TestContext } from 'vitest';
import { nextLink, nextNotice, nextReceived, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { runToItsEnd } from '../harness/spawn-app.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const WITHIN_MS = 120_000;
/** Longer than the 30 s that an app waits for its engines. */
const BOOT_PATIENCE_MS = 60_000;
const NOBODY = 'redis://127.0.0.1:9';
const NO_REDIS = /Redis: not reachable for 30 s\s+Start it, or correct REDIS_URL\./;

/** The tests of this file mostly wait, so they run at the same time. */
describe.concurrent(`engines that are away, ${onMongo()}`, () => {
  const startOwnStack = async ({ onTestFinished }: TestContext): Promise<Stack> => {
    const stack = await startStack();
    onTestFinished(() => stack.stop());
    return stack;
  };

  it.for([
    {
      how: 'frozen',
      leave: (it: Stack) => [it.mongo.api, it.mongo.worker].map((proxy) => proxy.freeze()),
      comeBack: (it: Stack) => [it.mongo.api, it.mongo.worker].map((proxy) => proxy.thaw()),
    },
    {
      how: 'killed',
      leave: (it: Stack) => [it.mongo.api, it.mongo.worker].map((proxy) => proxy.cut()),
      comeBack: (it: Stack) => [it.mongo.api, it.mongo.worker].map((proxy) => proxy.restore()),
    },
  ])(
    'MongoDB $how: SERVICE_UNAVAILABLE while it is away, and all goes on by itself afterwards',
    async ({ leave, comeBack }, context) => {
      const stack = await startOwnStack(context);
      const { api, client, host, inbox, workers } = stack;
      for (const name of ['ada', 'bob', 'carl']) await host.addUser(`${name}@acme.test`);
      await client.request({ email: 'ada@acme.test' });
      const token = tokenOf(await nextLink(inbox, 'ada@acme.test'));
      // Bob's request is accepted, and the relay holds his mail back until the database is away.
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      inbox.behave(async ({ phase, to }) => {
        if (phase === 'data' && to.includes('bob@acme.test')) await held;
        return undefined;
      });
      await client.request({ email: 'bob@acme.test' });
      await nextReceived(inbox, 'bob@acme.test');

      leave(stack);
      release();
      const answers = await Promise.all([
        client.request({ email: 'carl@acme.test' }),
        client.reset({ token, newPassword: 'while nobody listens' }),
      ]);
      // The request is sent twice, because the first one may have used a connection that seemed to be open.
      const again = await client.request({ email: 'carl@acme.test' });

      // All of this was answered before the database came back.
      for (const { status, result } of [...answers, again]) {
        expect(status).toBe(200);
        expect(result.code).toBe('SERVICE_UNAVAILABLE');
      }
      expect((await fetch(`${api.url}/health/ready`)).status).toBe(503);
      expect((await fetch(`${api.url}/health/live`)).status).toBe(200);

      await Promise.all(comeBack(stack));
      await until(
        'the api is ready',
        async () => (await fetch(`${api.url}/health/ready`)).status === 200,
        WITHIN_MS,
      );
      const accepted = await client.request({ email: 'carl@acme.test' });
      expect(accepted.result.__typename).toBe('PasswordResetRequested');
      await nextLink(inbox, 'carl@acme.test', { timeoutMs: WITHIN_MS });
      const reset = await client.reset({ token, newPassword: 'now that you listen' });
      expect(reset.result.__typename).toBe('PasswordReset');
      await nextNotice(inbox, 'ada@acme.test', WITHIN_MS);
      await settled(host, WITHIN_MS);
      expect(workers).toHaveLength(1);
      const [first, ...others] = inbox.received().filter(({ to }) => to.includes('bob@acme.test'));
      expect(others.every(({ raw }) => first?.raw.equals(raw))).toBe(true);
    },
  );

  const env = (engines: { mongodbUri?: string; redisUrl?: string }) =>
    devEnvironment({
      mongodbUri: sharedMongo().uri,
      redisUrl: NOBODY,
      smtpUrl: 'smtp://127.0.0.1:9',
      publicWebUrl: 'http://127.0.0.1:9',
      ...engines,
    });

  it.for(['api', 'worker'] as const)(
    'no MongoDB at boot for 30 s ends the %s with 69 and says what to do',
    async (name) => {
      const mongodbUri = 'mongodb://127.0.0.1:9/app?directConnection=true';

      const { code, output, ms } = await runToItsEnd(name, env({ mongodbUri })[name], BOOT_PATIENCE_MS);

      expect(code).toBe(69);
      expect(output).toMatch(/MongoDB: not reachable for 30 s\s+Start it, or correct MONGODB_URI\./);
      expect(ms).toBeGreaterThan(29_000);
    },
  );

  it('a Redis that refuses connections at boot for 30 s ends the api with 69 and says what to do', async () => {
    const { code, output } = await runToItsEnd('api', env({}).api, BOOT_PATIENCE_MS);

    expect(code).toBe(69);
    expect(output).toMatch(NO_REDIS);
  });

  it('a Redis that takes connections and never answers at boot for 30 s ends the worker with 69 and says what to do', async ({
    onTestFinished,
  }) => {
    const silent = createServer();
    onTestFinished(() => void silent.close());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;

    const redisUrl = `redis://127.0.0.1:${port}`;
    const { code, output } = await runToItsEnd('worker', env({ redisUrl }).worker, BOOT_PATIENCE_MS);

    expect(code).toBe(69);
    expect(output).toMatch(NO_REDIS);
  });
});
