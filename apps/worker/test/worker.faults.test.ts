import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startRedis } from '@latchkey/dev-stack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Stack, spawnWorker, startStack, type WorkerProcess } from './support/stack.ts';

const TWO_MINUTES = { timeout: 120_000, interval: 100 };
const OUTAGE_MS = 20_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);

describe('worker process in trouble', () => {
  let stack: Stack;
  let workers: WorkerProcess[];

  const work = async (env: Record<string, string> = {}): Promise<WorkerProcess> => {
    const worker = await spawnWorker({ ...stack.env, RECONCILE_AFTER: '15s', ...env });
    workers.push(worker);
    await worker.waitForEvent('worker.started');
    return worker;
  };

  const addUsers = async (count: number): Promise<readonly string[]> => {
    const users = Array.from({ length: count }, (_, i) => `user${i}@acme.test`);
    await Promise.all(users.map(stack.addUser));
    return users;
  };

  /** Everybody got a mail; those who got more than one got the same bytes again. */
  const everybodyHasMail = async (users: readonly string[]): Promise<void> => {
    await vi.waitFor(() => {
      const served = new Set(stack.inbox.messages().flatMap(({ to }) => to));
      expect(users.filter((user) => !served.has(user))).toEqual([]);
    }, TWO_MINUTES);

    for (const user of users) {
      const mails = stack.inbox.received().filter(({ to }) => to.includes(user));
      expect(new Set(mails.map(({ raw }) => raw.toString('latin1'))).size).toBe(1);
    }
  };

  beforeEach(async () => {
    workers = [];
    delete process.env['REDIS_URL'];
    stack = await startStack();
    say(`MongoDB: ${stack.mongo.source}`);
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(5_000)));
    await stack.stop();
  });

  it('killed three times on the same request still delivers, the same bytes, within two minutes', async () => {
    const [user = ''] = await addUsers(1);
    let held = 0;
    // The relay has the whole mail and never says so.
    stack.inbox.behave(async ({ phase }) => {
      if (phase !== 'data') return undefined;
      held += 1;
      await new Promise(() => {});
      return undefined;
    });
    await work();
    await stack.ask(user);
    const askedAt = Date.now();

    for (let kills = 1; kills <= 3; kills += 1) {
      await vi.waitFor(() => expect(held).toBe(kills), TWO_MINUTES);
      workers.at(-1)?.kill('SIGKILL');
      await workers.at(-1)?.exited;
      if (kills === 3) stack.inbox.behave();
      await work();
    }
    await everybodyHasMail([user]);

    const took = Date.now() - askedAt;
    say(`delivered ${took} ms after it was asked for, over three kills`);
    expect(took).toBeLessThan(120_000);
    expect(stack.inbox.received().filter(({ to }) => to.includes(user))).toHaveLength(4);
  });

  it.each([
    ['killed', 'SIGKILL'],
    ['frozen', 'SIGSTOP'],
  ] as const)('delivers everything that was accepted while Redis was %s for 20 s', async (_how, signal) => {
    const users = await addUsers(60);
    const worker = await work();
    const { pid, port } = stack.redis;
    if (pid === null) throw new Error('this Redis is not ours');

    const asking = (async () => {
      for (const user of users) {
        await stack.ask(user);
        await sleep(400);
      }
    })();
    await sleep(2_000);
    process.kill(pid, signal);
    await sleep(OUTAGE_MS);
    const backAt = Date.now();
    const again = signal === 'SIGKILL' ? await startRedis({ port }) : undefined;
    if (!again) process.kill(pid, 'SIGCONT');

    await asking;
    await everybodyHasMail(users);
    say(
      `everything delivered ${Date.now() - backAt} ms after Redis was back (the last was asked for meanwhile)`,
    );
    expect(worker.log().filter(({ event }) => event === 'queue.stuck')).toEqual([]);
    await worker.stop();
    await again?.stop();
  });

  it('delivers 200 requests whose jobs were wiped while it was frozen', async () => {
    const users = await addUsers(200);
    const worker = await work();
    worker.kill('SIGSTOP');
    for (const user of users) await stack.ask(user);
    await stack.wipeRedis();
    worker.kill('SIGCONT');
    const thawedAt = Date.now();

    await everybodyHasMail(users);
    say(`200 mails ${Date.now() - thawedAt} ms after the thaw`);
    const figures = await (await fetch(worker.metricsUrl)).text();
    expect(figures).toMatch(/latchkey_reconciler_recovered_total\{reason="wake_lost"\} [1-9]\d+/);
  });

  it('of two, killed midway through 300 requests, leaves none of them undelivered', async () => {
    const users = await addUsers(300);
    const [first, second] = [await work(), await work()];
    for (const user of users) await stack.ask(user);
    await vi.waitFor(() => expect(stack.inbox.messages().length).toBeGreaterThan(60), TWO_MINUTES);
    first.kill('SIGKILL');

    await everybodyHasMail(users);
    for (const worker of [first, second]) {
      expect(worker.log().some(({ event }) => event === 'mail.delivery')).toBe(true);
    }
    say(`300 users, ${stack.inbox.received().length} mails`);
  });

  it('ends with 69 and says what to do when Redis cannot be reached for 30 s', async () => {
    const worker = await spawnWorker({ ...stack.env, REDIS_URL: `redis://127.0.0.1:${await freePort()}` });

    expect(await worker.exited).toEqual({ code: 69, signal: null });
    expect(worker.lines().join('\n')).toContain('REDIS_URL');
  });
});
