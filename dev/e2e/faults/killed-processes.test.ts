import { logged } from '@latchkey/test-kit/app-log';
import { createClient } from '@latchkey/test-kit/graphql';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import type { Document } from 'bson';
import { describe, expect, it, type TestContext } from 'vitest';
import { isNotice, mailsTo, nextLink, nextNotice, nextReceived, tokenOf } from '../harness/mails.ts';
import { countRows, settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const EMAIL = 'ada@acme.test';
/** Time within which accepted work must continue by itself, also after a worker was killed three times. */
const WITHIN_MS = 120_000;

const isSettling = (command: Document): boolean =>
  command['update'] === 'latchkey_deliveries' && command['updates']?.[0]?.u?.$set?.state === 'accepted';

/** These tests mostly wait until leases expire, so they run at the same time. */
describe.concurrent(`killed processes, ${onMongo()}`, () => {
  // `onTestFinished` must come from the context of the test. With concurrent tests, the global one belongs to another test.
  const startOwnStack = async ({ onTestFinished }: TestContext): Promise<Stack> => {
    const stack = await startStack();
    onTestFinished(() => stack.stop());
    await stack.host.addUser(EMAIL);
    return stack;
  };

  /** Expects that the link works exactly once, although its mail may have come several times. */
  const expectWorkingLink = async ({ client, inbox }: Stack) => {
    const tokens = new Set(inbox.received().map(tokenOf));
    expect(tokens.size).toBe(1);
    const [token = ''] = tokens;
    const reset = await client.reset({ token, newPassword: 'after all these deaths' });
    expect(reset.result.__typename).toBe('PasswordReset');
    expect((await client.reset({ token, newPassword: 'once more with feeling' })).result.code).toBe(
      'INVALID_TOKEN',
    );
  };

  it('a worker killed between the 250 and the write that settles its delivery: the mail that follows is byte-identical', async (context) => {
    const stack = await startOwnStack(context);
    const { client, host, inbox, mongo, workers } = stack;
    const settling = mongo.worker.hold(isSettling);
    await client.request({ email: EMAIL });

    await settling.arrived;
    const first = await nextLink(inbox, EMAIL);
    expect(first.acknowledged).toBe(true);
    workers[0]?.kill('SIGKILL');
    await workers[0]?.exited;
    expect(await countRows(host, 'latchkey_deliveries', { state: 'sending' })).toBe(1);
    await stack.startWorker();

    const second = await nextLink(inbox, EMAIL, { count: 2, timeoutMs: WITHIN_MS });
    expect(second.raw.equals(first.raw)).toBe(true);
    await settled(host);
    expect(inbox.received()).toHaveLength(2);
    await expectWorkingLink(stack);
  });

  it('a worker killed after the final dot, before the 250: the mail that follows is byte-identical [T-38]', async (context) => {
    const stack = await startOwnStack(context);
    const { client, host, inbox, workers } = stack;
    inbox.behave(async ({ phase }) => {
      if (phase !== 'data') return undefined;
      workers[0]?.kill('SIGKILL');
      await workers[0]?.exited;
      return 'drop';
    });
    await client.request({ email: EMAIL });

    await workers[0]?.exited;
    inbox.behave();
    expect(inbox.messages()).toHaveLength(0);
    await stack.startWorker();

    await nextLink(inbox, EMAIL, { timeoutMs: WITHIN_MS });
    await settled(host);
    const [lost, arrived, ...others] = inbox.received();
    expect(lost?.acknowledged).toBe(false);
    expect(arrived && lost?.raw.equals(arrived.raw)).toBe(true);
    expect(others).toEqual([]);
    await expectWorkingLink(stack);
  });

  it('workers killed three times on the same request still deliver, the same bytes [T-38]', async (context) => {
    const stack = await startOwnStack(context);
    const { client, host, inbox } = stack;
    let kills = 0;
    inbox.behave(async ({ phase }) => {
      if (phase !== 'data' || kills === 3) return undefined;
      kills += 1;
      const worker = stack.workers.at(-1);
      worker?.kill('SIGKILL');
      await worker?.exited;
      return 'drop';
    });
    await client.request({ email: EMAIL });

    for (let life = 1; life <= 3; life += 1) {
      await until(`kill number ${life}`, () => kills === life, WITHIN_MS);
      await stack.workers.at(-1)?.exited;
      await stack.startWorker();
    }

    await nextLink(inbox, EMAIL, { timeoutMs: WITHIN_MS });
    await settled(host);
    const [first, ...others] = inbox.received();
    expect(others).toHaveLength(3);
    expect(others.every(({ raw }) => first?.raw.equals(raw))).toBe(true);
    await expectWorkingLink(stack);
  });

  it('a worker killed while it looks the account up: the request goes on with the next worker', async (context) => {
    const stack = await startOwnStack(context);
    const { client, host, inbox, mongo, workers } = stack;
    // Only a look-up by address is held, because the worker also reads the host's users when it starts.
    const looking = mongo.worker.hold(
      (command) => command['find'] === 'users' && command['filter']?.email !== undefined,
    );
    await client.request({ email: EMAIL });

    await looking.arrived;
    workers[0]?.kill('SIGKILL');
    await workers[0]?.exited;
    expect(await countRows(host, 'latchkey_requests', { state: 'claimed' })).toBe(1);
    await stack.startWorker();

    await nextLink(inbox, EMAIL, { timeoutMs: WITHIN_MS });
    await settled(host);
    expect(inbox.received()).toHaveLength(1);
    await expectWorkingLink(stack);
  });

  it('a worker killed inside the minting transaction: the request goes on when MongoDB gives that up, and others are served meanwhile', async (context) => {
    const stack = await startOwnStack(context);
    const { client, host, inbox, mongo, workers } = stack;
    await host.addUser('bob@acme.test');
    const committing = mongo.worker.hold((command) => command['commitTransaction'] === 1);
    await client.request({ email: EMAIL });

    await committing.arrived;
    workers[0]?.kill('SIGKILL');
    await workers[0]?.exited;
    await stack.startWorker();
    // MongoDB keeps the transaction of an ended client open, and its rows locked, for a minute (transactionLifetimeLimitSeconds).
    const survivor = workers.at(-1) ?? stack.api;
    await until(
      'the survivor met the locked row',
      () => logged(survivor, 'queue.failed').length > 1,
      WITHIN_MS,
    );
    await client.request({ email: 'bob@acme.test' });
    await nextLink(inbox, 'bob@acme.test');
    // Ada's mail has not come, so the row is still locked. This proves that the locked row did not delay Bob's mail.
    expect(mailsTo(inbox, EMAIL).links).toEqual([]);

    await nextLink(inbox, EMAIL, { timeoutMs: WITHIN_MS });
    await settled(host);
    expect(inbox.received()).toHaveLength(2);
  });

  it('a worker that was only frozen, and thaws when another has sent its mail, changes nothing any more', async (context) => {
    const stack = await startOwnStack(context);
    const { client, host, inbox, workers } = stack;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    inbox.behave(async ({ phase }) => {
      if (phase === 'data' && workers.length === 1) await held;
      return undefined;
    });
    await client.request({ email: EMAIL });
    await nextReceived(inbox);
    const [frozen = stack.api] = workers;
    frozen.kill('SIGSTOP');
    await stack.startWorker();
    await nextLink(inbox, EMAIL, { timeoutMs: WITHIN_MS });
    await settled(host);
    const settledRow = await host.db.collection('latchkey_deliveries').findOne({});

    frozen.kill('SIGCONT');
    release();

    await until('it noticed', () => logged(frozen, 'mail.unsettled').length === 1);
    expect(await host.db.collection('latchkey_deliveries').findOne({})).toEqual(settledRow);
    expect(settledRow).toMatchObject({ state: 'accepted', attemptsMade: 2 });
    const [first, second, ...others] = inbox.received();
    expect(second && first?.raw.equals(second.raw)).toBe(true);
    expect(others).toEqual([]);
    await expectWorkingLink(stack);
  });

  it('an api killed inside the redeeming transaction: nothing of it has happened, and the link works afterwards', async (context) => {
    const stack = await startOwnStack(context);
    const { api, client, host, inbox, mongo } = stack;
    const before = await host.user(EMAIL);
    await host.addSession(before?.['_id']);
    await client.request({ email: EMAIL });
    const token = tokenOf(await nextLink(inbox, EMAIL));
    const committing = mongo.api.hold((command) => command['commitTransaction'] === 1);
    const cutOff = client.reset({ token, newPassword: 'never to be seen again' }).catch(() => 'cut off');

    await committing.arrived;
    api.kill('SIGKILL');
    await api.exited;
    expect(await cutOff).toBe('cut off');
    expect(await host.user(EMAIL)).toEqual(before);
    expect(await host.sessionCount()).toBe(1);

    const next = createClient((await stack.startApi()).url);
    const reset = await until(
      'the link works again',
      async () => {
        const { result } = await next.reset({ token, newPassword: 'this one is to stay' });
        if (result.__typename === 'PasswordReset') return result;
        // The killed api has reserved the link for 15 s, and its transaction locks the row for the rest of a minute.
        expect(['INVALID_TOKEN', 'SERVICE_UNAVAILABLE']).toContain(result.code);
        return undefined;
      },
      WITHIN_MS,
    );

    expect(reset.sessionsRevoked).toBe(1);
    await nextNotice(inbox, EMAIL);
    await settled(host);
    expect(inbox.received().filter(isNotice)).toHaveLength(1);
  });
});
