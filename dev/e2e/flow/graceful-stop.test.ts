import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { describe, expect, it, type TestContext } from 'vitest';
import { nextLink, nextReceived, tokenOf } from '../harness/mails.ts';
import { countRows } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const EMAIL = 'ada@acme.test';

describe.concurrent(`a graceful stop, ${onMongo()}`, () => {
  const startOwnStack = async ({ onTestFinished }: TestContext): Promise<Stack> => {
    const stack = await startStack({ both: { SHUTDOWN_TIMEOUT: '6s' }, api: { BCRYPT_COST: '13' } });
    onTestFinished(() => stack.stop());
    await stack.host.addUser(EMAIL);
    return stack;
  };

  it('lets the api answer what runs, take nothing new and end with 0', async (context) => {
    const { api, client, host, inbox } = await startOwnStack(context);
    await client.request({ email: EMAIL });
    const token = tokenOf(await nextLink(inbox, EMAIL));
    const reset = client.reset({ token, newPassword: 'while it is stopping' });
    await until('the reset reserved its token', () =>
      countRows(host, 'latchkey_tokens', { attemptsMade: 1 }).then(Boolean),
    );

    api.kill('SIGTERM');
    await api.waitForLine((line) => line.includes('stopping'));

    expect((await reset).result.__typename).toBe('PasswordReset');
    expect(await api.exited).toEqual({ code: 0, signal: null });
    await expect(client.request({ email: EMAIL })).rejects.toThrow();
  });

  it('lets the worker hand over and settle the mail on its way, and end with 0', async (context) => {
    const { client, host, inbox, workers } = await startOwnStack(context);
    const [worker] = workers;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    inbox.behave(async ({ phase }) => {
      if (phase === 'data') await held;
      return undefined;
    });
    await client.request({ email: EMAIL });
    await nextReceived(inbox);

    worker?.kill('SIGTERM');
    await worker?.waitForLine((line) => line.includes('stopping'));
    release();

    expect(await worker?.exited).toEqual({ code: 0, signal: null });
    expect(inbox.messages()).toHaveLength(1);
    expect(await countRows(host, 'latchkey_deliveries', { state: 'accepted' })).toBe(1);
  });

  it('ends the worker with 1 after SHUTDOWN_TIMEOUT when a mail server never answers', async (context) => {
    const { client, host, inbox, workers } = await startOwnStack(context);
    const [worker] = workers;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    inbox.behave(async ({ phase }) => {
      if (phase === 'data') await held;
      return undefined;
    });
    await client.request({ email: EMAIL });
    await nextReceived(inbox);

    const startedAt = performance.now();
    worker?.kill('SIGTERM');
    const exit = await worker?.exited;
    const waitedMs = performance.now() - startedAt;
    const [unsettled, settled] = await Promise.all(
      [{ state: 'sending' }, { state: { $ne: 'sending' } }].map((state) =>
        countRows(host, 'latchkey_deliveries', state),
      ),
    );

    release();
    expect(exit).toEqual({ code: 1, signal: null });
    // The worker ends after it has waited, and before the deadline of the send: that one would have settled the row.
    expect(waitedMs).toBeGreaterThan(5_500);
    expect({ unsettled, settled }).toEqual({ unsettled: 1, settled: 0 });
  });

  it('ends api and worker with 0 at once when they are idle', async (context) => {
    const { api, workers } = await startOwnStack(context);
    const [worker] = workers;

    api.kill('SIGTERM');
    worker?.kill('SIGINT');

    // Exit code 1 would mean that SHUTDOWN_TIMEOUT has passed.
    expect(await api.exited).toEqual({ code: 0, signal: null });
    expect(await worker?.exited).toEqual({ code: 0, signal: null });
  });
});
