import { expect, it } from 'vitest';
import { assembleApi, assembleWorker } from '../src/assemble.ts';
import { createIdentifiers } from '../src/parts/identifiers.ts';
import { createTokenKeys } from '../src/parts/token.ts';
import type { NewJob } from '../src/ports/queue.ts';
import type { Store } from '../src/ports/store.ts';
import { createPasswordPolicy } from '../src/redeem/password-policy.ts';
import {
  clientAt,
  createMemoryHasher,
  createMemoryLimits,
  createMemoryMailer,
  createMemoryStore,
  createMovingClock,
  fakeBcrypt,
  type MemoryStore,
  SENT,
} from './support/index.ts';
import { createMishaps, createRoll, type Outside } from './support/mishaps.ts';

const ADDRESSES = ['ada@example.com', 'bob@example.com', 'nobody@example.com'];
const TIMES = {
  linkTtlMs: 1_800_000,
  retentionMs: 86_400_000,
  requestDeadlineMs: 3_600_000,
  jitterMs: 3_000,
  reconcileAfterMs: 15_000,
};
const ASKER = { client: clientAt('c'), userAgent: null };

/** A thief with the old password whose login stores its session just before a reset commits: too late for the transaction. */
const withLateLogins = (store: MemoryStore): Store => ({
  ...store,
  transaction: (work) =>
    store.transaction((tx) => {
      const setPassword: Store['users']['setPassword'] = async (input) => {
        const saved = await tx.users.setPassword(input);
        const { sessions } = store.rows();
        if (saved) sessions.set(`late ${sessions.size}`, input.account.userId);
        return saved;
      };
      return work({ ...tx, users: { ...tx.users, setPassword } });
    }),
});

/** Processes that live for one call, over one store, a queue that loses jobs and a relay that wavers. */
const createBadDay = (seed: number) => {
  const roll = createRoll(seed);
  const memory = createMemoryStore();
  const store = withLateLogins(memory);
  const clock = createMovingClock();
  const mail = createMemoryMailer();
  const jobs = new Map<string, { kind: 'request' | 'delivery'; id: string; dueAt: Date; active: boolean }>();
  const common = {
    clock,
    identifiers: createIdentifiers({ key: new Uint8Array(32).fill(9) }),
    times: TIMES,
  };
  const limits = createMemoryLimits({ network: Infinity, account: 3, redeem: Infinity });
  let calm = false;

  for (const address of ADDRESSES.slice(0, 2)) {
    const user = { userId: address, address, passwordHash: fakeBcrypt(`the old one of ${address}`) };
    const unknown = { active: true, name: null, locale: null, credentialsChangedAt: null };
    memory.rows().users.set(address, { ...user, ...unknown });
  }
  mail.relay.next = () => {
    if (calm || roll(0.6)) return SENT;
    return roll(0.5)
      ? { ...SENT, class: 'transient', code: 451 }
      : { ...SENT, class: 'ambiguous', code: null };
  };

  const add =
    (kind: 'request' | 'delivery') =>
    async ({ id, attempt, dueAt }: NewJob) => {
      const job = `${kind}-${id}-${attempt}`;
      if (!jobs.has(job)) jobs.set(job, { kind, id, dueAt, active: false });
    };
  const jobQueue = { request: add('request'), delivery: add('delivery') };
  const outside: Outside = { store, jobQueue, mailer: mail.mailer };
  const seen = (): Outside => (calm ? outside : createMishaps(outside, roll));
  const startApi = () =>
    assembleApi({
      ...common,
      ...seen(),
      limits,
      hasher: createMemoryHasher().hasher,
      policy: createPasswordPolicy({ minLength: 8, normalization: 'none' }),
      pause: clock.pause,
    });
  const startWorker = (reaches: Outside) =>
    assembleWorker({
      ...common,
      ...reaches,
      store: { ...reaches.store, backlog: memory.backlog, leases: memory.leases },
      queueState: {
        depth: async () => 0,
        has: async (kind, { id, attempt }) => jobs.has(`${kind}-${id}-${attempt}`),
      },
      keys: createTokenKeys([{ kid: 'a', key: new Uint8Array(32).fill(1) }]),
      publicWebUrl: 'https://app.test',
      owner: 'w',
      stopping: new AbortController().signal,
      pause: async (ms) => clock.advance(ms),
    });
  const work = async (kind: 'request' | 'delivery', id: string) => {
    const worker = startWorker(seen());
    if (kind === 'request') return worker.processRequest({ requestId: id });
    const ended = await worker.endLateSessions({ deliveryId: id });
    return ended.outcome === 'postponed' ? ended : worker.deliverMail({ deliveryId: id });
  };
  const runDue = async (): Promise<void> => {
    const due = [...jobs].filter(([, { dueAt, active }]) => !active && dueAt <= clock.now());
    await Promise.allSettled(
      due.map(async ([name, job]) => {
        job.active = true;
        const lost = !calm && roll(0.05);
        const twice = !calm && roll(0.1);
        const runs = lost ? [] : [work(job.kind, job.id), ...(twice ? [work(job.kind, job.id)] : [])];
        const [first] = await Promise.allSettled(runs);
        jobs.delete(name);
        if (
          first?.status === 'fulfilled' &&
          /^(not_due|postponed)$/.test(first.value.outcome) &&
          'at' in first.value
        )
          jobs.set(name, { ...job, dueAt: first.value.at, active: false });
      }),
    );
  };
  const { reconcile } = startWorker(outside);

  return {
    roll,
    mail,
    rows: memory.rows,
    calmDown: () => {
      calm = true;
    },
    pass: async (ms: number) => {
      clock.advance(ms);
      await runDue();
      await reconcile();
    },
    ask: (email: string) =>
      startApi().requestPasswordReset({ ...ASKER, email, locale: null, traceparent: null }),
    redeem: (link: string, newPassword: string) =>
      startApi().resetPassword({ ...ASKER, token: link.split('#token=')[1] ?? '', newPassword }),
    links: (address: string): readonly string[] =>
      mail.sent.flatMap(({ to, content }) =>
        to === address && content.kind === 'password-reset' ? [content.link] : [],
      ),
  };
};

type BadDay = ReturnType<typeof createBadDay>;

const liveThrough = async ({ roll, ask, redeem, links, pass }: BadDay): Promise<void> => {
  for (let step = 0; step < 60; step += 1) {
    const address = ADDRESSES.find(() => roll(0.4)) ?? 'ada@example.com';
    const link = links(address).find(() => roll(0.4));
    await Promise.allSettled([
      ...(roll(0.4) ? [ask(address)] : []),
      ...(link && roll(0.2)
        ? [redeem(link, `phrase number ${step}`), redeem(link, `phrase no ${step}`)]
        : []),
    ]);
    await pass(roll(0.5) ? 2_000 : 17_000);
  }
};

it.each(Array.from({ length: 10 }, (_, index) => 1 + 4 * index))(
  'loses no accepted request, changes no repeated mail and leaves no late session, whatever fails and whenever (seeds %i and the next three)',
  async (from) => {
    for (let seed = from; seed < from + 4; seed += 1) {
      const day = createBadDay(seed);
      await liveThrough(day);
      day.calmDown();
      for (let second = 0; second < 120; second += 1) await day.pass(1_000);

      const { requests, deliveries, tokens, sessions } = day.rows();
      expect([...sessions.keys()], `${seed}`).toEqual([]);
      for (const { requestId, state, address, seed: left } of requests.values()) {
        expect(state, `${seed} ${requestId}`).not.toMatch(/accepted|claimed|expired/);
        expect([address, left], `${seed} ${requestId}`).toEqual([null, null]);
      }
      for (const { deliveryId, state, to } of deliveries.values()) {
        expect(state, `${seed} ${deliveryId}`).toMatch(/^(accepted|suppressed|dead|expired)$/);
        expect(to, `${seed} ${deliveryId}`).toBeNull();
        const mails = day.mail.sent.filter((mail) => mail.deliveryId === deliveryId);
        expect(new Set(mails.map((mail) => JSON.stringify(mail))).size).toBeLessThanOrEqual(1);
        if (state === 'accepted') expect(mails.length, `${seed} ${deliveryId}`).toBeGreaterThan(0);
      }
      for (const { redeemedAt, requestId } of tokens.values()) {
        const redeemed = requests.get(requestId)?.state === 'redeemed';
        expect(redeemed, `${seed} ${requestId}`).toBe(redeemedAt !== null);
        expect(deliveries.has(`${requestId}:password-changed`)).toBe(redeemed);
      }
    }
  },
);

it('a day of mishaps leaves every owner a way back once it is over', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const day = createBadDay(seed);
    await liveThrough(day);
    day.calmDown();
    for (let minute = 0; minute < 31; minute += 1) await day.pass(60_000);

    for (const address of ADDRESSES.slice(0, 2)) {
      expect(await day.ask(address)).toMatchObject({ outcome: 'requested' });
      for (let second = 0; second < 5; second += 1) await day.pass(1_000);
      const link = day.links(address).at(-1) ?? '';
      expect(await day.redeem(link, 'quite another phrase'), `${seed} ${address}`).toMatchObject({
        outcome: 'reset',
      });
    }
  }
});
