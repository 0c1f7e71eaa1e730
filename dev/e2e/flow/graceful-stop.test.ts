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

  it('of the api: what runs is answered, nothing new is taken, exit code 0', async (context) => {
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

  it('of the worker: the mail on its way is handed over and settled, exit code 0', async (context) => {
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

  it('of the worker: a mail server that never answers does not keep it, exit code 1 after SHUTDOWN_TIMEOUT', async (context) => {
    const { client, inbox, workers } = await startOwnStack(context);
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

    release();
    expect(exit).toEqual({ code: 1, signal: null });
    // The worker ends after it has waited, and long before the deadline of the send.
    expect(performance.now() - startedAt).toBeGreaterThan(5_500);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('of both at once while idle: exit code 0, and neither waits for anything', async (context) => {
    const { api, workers } = await startOwnStack(context);
    const [worker] = workers;
    const startedAt = performance.now();

    api.kill('SIGTERM');
    worker?.kill('SIGINT');

    // Exit code 1 would mean that SHUTDOWN_TIMEOUT has passed.
    expect(await api.exited).toEqual({ code: 0, signal: null });
    expect(await worker?.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });
});
