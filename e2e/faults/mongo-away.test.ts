import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { onMongo, type Stack, startStack } from '../harness/stack.ts';
import { until } from '../harness/until.ts';

const ANSWER_WITHIN_MS = 3_000;
const WITHIN_MS = 120_000;

describe(`MongoDB away, ${onMongo()}`, () => {
  let stack: Stack;
  beforeEach(async () => {
    stack = await startStack();
  });
  afterEach(() => stack?.stop());

  it.each([
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
    '$how: SERVICE_UNAVAILABLE within 3 s, and all goes on by itself afterwards',
    async ({ leave, comeBack }) => {
      const { api, client, host, inbox, workers } = stack;
      for (const name of ['ada', 'bob', 'carl']) await host.addUser(`${name}@acme.test`);
      await client.request({ email: 'ada@acme.test' });
      const token = tokenOf(await nextLink(inbox, 'ada@acme.test'));
      // One is accepted, and its mail held back at the relay until the database is gone.
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      inbox.behave(async ({ phase, to }) => {
        if (phase === 'data' && to.includes('bob@acme.test')) await held;
        return undefined;
      });
      await client.request({ email: 'bob@acme.test' });
      await inbox.waitForReceived(({ to }) => to.includes('bob@acme.test'));

      leave(stack);
      release();
      const answers = await Promise.all([
        client.request({ email: 'carl@acme.test' }),
        client.reset({ token, newPassword: 'while nobody listens' }),
      ]);
      // Twice: the first may still have found a connection that looked alive.
      const again = await client.request({ email: 'carl@acme.test' });

      for (const { status, result, ms } of [...answers, again]) {
        expect(status).toBe(200);
        expect(result.code).toBe('SERVICE_UNAVAILABLE');
        expect(ms).toBeLessThan(ANSWER_WITHIN_MS);
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
});
