import { assembleApi, assembleWorker } from '../../src/assemble.ts';
import { createIdentifiers } from '../../src/parts/identifiers.ts';
import { createTokenKeys, type TokenKey } from '../../src/parts/token.ts';
import type { Client } from '../../src/ports/client.ts';
import type { Backlog, Leases, Store } from '../../src/ports/store.ts';
import { createPasswordPolicy } from '../../src/redeem/password-policy.ts';
import {
  createMemoryHasher,
  createMemoryLimits,
  createMemoryMailer,
  createMemoryQueue,
  type RecordedJob,
} from './memory-ports.ts';
import { createMovingClock } from './moving-clock.ts';

export const MINUTE = 60_000;
const RETENTION_MS = 30 * 24 * 60 * MINUTE;
const RECONCILE_AFTER_MS = 15_000;

export const KEY_A: TokenKey = { kid: 'a', key: new Uint8Array(32).fill(1) };
export const KEY_B: TokenKey = { kid: 'b', key: new Uint8Array(32).fill(2) };

export interface FlowOptions {
  readonly limits?: { network: number; account: number; redeem: number };
  /** How long the points of `limits` last, in milliseconds. Default: without end. */
  readonly limitWindowMs?: number;
  readonly linkTtlMs?: number;
  readonly jitterMs?: number;
  readonly retentionMs?: number;
}

/** A client of the given network, with all that the core sees of a client. */
export const clientAt = (network: string): Client => ({ network, wideNetwork: null, stored: 'n' });

/** All verbs over a store, with a clock that tests move, a queue that they inspect and a mailbox that they read. */
export const createFlow = (
  store: Store & { backlog: Backlog; leases: Leases },
  options: FlowOptions = {},
) => {
  const clock = createMovingClock();
  const limits = createMemoryLimits(
    options.limits,
    options.limitWindowMs === undefined ? undefined : { clock, ms: options.limitWindowMs },
  );
  const queue = createMemoryQueue();
  const mail = createMemoryMailer();
  const hashing = createMemoryHasher();
  const identifiers = createIdentifiers({ key: new Uint8Array(32).fill(9) });
  const policy = createPasswordPolicy({ minLength: 8, normalization: 'none' });
  const { jobQueue } = queue;
  const times = {
    linkTtlMs: options.linkTtlMs ?? 30 * MINUTE,
    retentionMs: options.retentionMs ?? RETENTION_MS,
    jitterMs: options.jitterMs ?? 0,
    requestDeadlineMs: 60 * MINUTE,
    reconcileAfterMs: RECONCILE_AFTER_MS,
  };
  const both = { jobQueue, identifiers, clock, pause: clock.pause, times };

  const api = assembleApi({ ...both, store, limits, hasher: hashing.hasher, policy });
  const stop = new AbortController();

  /** A worker with its own keys and, where a test needs it, its own view of the store. */
  const worker = (tokenKeys: readonly TokenKey[] = [KEY_A], owner = 'worker-1', seen: Store = store) => {
    const { backlog, leases } = store;
    const verbs = assembleWorker({
      ...both,
      store: { ...seen, backlog, leases },
      queueState: queue.state,
      mailer: mail.mailer,
      keys: createTokenKeys(tokenKeys),
      owner,
      stopping: stop.signal,
      publicWebUrl: 'https://app.test',
    });
    return {
      ...verbs,
      /** Ends late sessions first, as the worker's handler does. */
      deliverMail: async (delivery: { deliveryId: string; attempt?: number }) => {
        const ended = await verbs.endLateSessions(delivery);
        return ended.outcome === 'postponed' ? ended : verbs.deliverMail(delivery);
      },
    };
  };

  const ask = (email: string, client = '203.0.113.7') =>
    api.requestPasswordReset({
      email,
      locale: null,
      client: clientAt(client),
      userAgent: 'test',
      traceparent: null,
    });
  const redeem = (token: string, newPassword: string, client = '203.0.113.7') =>
    api.resetPassword({ token, newPassword, client: clientAt(client), userAgent: 'test' });
  const lastJob = <Kind extends RecordedJob['kind']>(kind: Kind) => {
    type Job = Extract<RecordedJob, { kind: Kind }>;
    const job = queue.enqueued.findLast((enqueued): enqueued is Job => enqueued.kind === kind);
    if (!job) throw new Error(`no ${kind} was enqueued`);
    return job;
  };
  /** A worker runs the job of the newest request. */
  const identify = (by = worker()) => by.processRequest({ requestId: lastJob('request').id });
  /** A worker runs the job of the newest delivery. */
  const deliver = (by = worker()) => {
    const { id: deliveryId, attempt } = lastJob('delivery');
    return by.deliverMail({ deliveryId, attempt });
  };
  const lastLink = (): string => {
    const content = mail.sent.findLast(({ content: { kind } }) => kind === 'password-reset')?.content;
    if (content?.kind !== 'password-reset') throw new Error('no reset mail was sent');
    return content.link;
  };
  const lastToken = (): string => lastLink().split('#token=')[1] ?? '';

  return {
    clock,
    limits,
    queue,
    mail,
    hashing,
    identifiers,
    policy,
    ask,
    redeem,
    check: async (token: string, client = '203.0.113.7') =>
      (await api.checkToken({ token, client: clientAt(client) })).outcome,
    worker,
    /** Asks every worker to stop. */
    stop: () => stop.abort(),
    identify,
    deliver,
    lastJob,
    lastToken,
    /** Makes a request and runs its job; delivers the mail if a link was minted. */
    askAndDeliver: async (email: string) => {
      await ask(email);
      const identified = await identify();
      if (identified.outcome === 'minted') await deliver();
      return identified;
    },
  };
};

export type Flow = ReturnType<typeof createFlow>;
export type FlowWorker = ReturnType<Flow['worker']>;
