import { createClient } from '@latchkey/test-kit/graphql';
import { readMetric } from '@latchkey/test-kit/metrics';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsTo, nextLink, nextReceived, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { runToItsEnd } from '../harness/spawn-app.ts';
import { type Stack, startStack } from '../harness/stack.ts';
import { drift, driftingClock, wallClock } from '../harness/wrong-clock.ts';

const MINUTE = 60_000;

describe(`clocks that are far off, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ both: { MAIL_JITTER: '1s' } });
    await stack.workers[0]?.stop();
  });
  afterAll(() => stack?.stop());

  it.each([
    ['ahead by more than RESET_LINK_TTL', 31 * MINUTE],
    ['behind by more than REQUEST_DEADLINE', -61 * MINUTE],
  ])('mail a link that opens while the clock of the api is %s', async (_where, offMs) => {
    const [worker, api] = await Promise.all([stack.startWorker(), stack.startApi(driftingClock(offMs))]);
    await drift(api);
    const client = createClient(api.url);
    const email = `${offMs < 0 ? 'behind' : 'ahead'}@acme.test`;
    await stack.host.addUser(email);

    await client.request({ email });
    const token = tokenOf(await nextLink(stack.inbox, email));
    const { result } = await client.reset({ token, newPassword: 'whatever the time may be' });
    await Promise.all([worker.stop(), api.stop()]);

    expect(result.__typename).toBe('PasswordReset');
  });

  it('keep a worker whose clock is a minute ahead from a mail that another one is sending', async () => {
    const email = 'slow-relay@acme.test';
    await stack.host.addUser(email);
    const other = await stack.startWorker(driftingClock(MINUTE));
    await drift(other);
    other.kill('SIGSTOP');
    const sender = await stack.startWorker();
    let answer = () => {};
    const relay = new Promise<undefined>((resolve) => {
      answer = () => resolve(undefined);
    });
    stack.inbox.behave(({ phase }) => (phase === 'data' ? relay : 'accept'));

    await stack.client.request({ email });
    await nextReceived(stack.inbox, email);
    const rounds = () => readMetric(other.metricsUrl, 'latchkey_reconciler_rounds_total');
    other.kill('SIGCONT');
    const before = await rounds();
    await until('the other worker has looked for overdue work', async () => (await rounds()) >= before + 5);
    answer();
    await settled(stack.host);
    stack.inbox.behave();
    await Promise.all([sender.stop(), other.stop()]);

    expect(mailsTo(stack.inbox, email).links).toHaveLength(1);
  });

  it.each([
    ['api', 6_000, '6.0 s ahead of'],
    ['worker', -6_000, '6.0 s behind'],
  ] as const)(
    'end the %s at boot with 69, the reason and what to do, from 5 s on',
    async (name, off, words) => {
      const env = { ...stack.env[name], ...wallClock(off) };

      const { code, output } = await runToItsEnd(name, env);

      expect(code).toBe(69);
      expect(output).toContain(`this machine's clock is ${words} the database's`);
      expect(output).toContain('NTP');
    },
  );
});
