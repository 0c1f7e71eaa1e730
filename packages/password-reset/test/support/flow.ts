import { createRequestPasswordReset } from '../../src/ask/request-password-reset.ts';
import { createComposeMail } from '../../src/deliver/compose-mail.ts';
import { createDeliverMail } from '../../src/deliver/deliver-mail.ts';
import { createEndLateSessions } from '../../src/deliver/end-late-sessions.ts';
import { createMintLink } from '../../src/mint/mint-link.ts';
import { createProcessRequest } from '../../src/mint/process-request.ts';
import { createIdentifiers } from '../../src/parts/identifiers.ts';
import { createTokenKeys, type TokenKey } from '../../src/parts/token.ts';
import type { Backlog, Leases, Store } from '../../src/ports/store.ts';
import { createReconcile } from '../../src/reconcile/reconcile.ts';
import { createCheckToken } from '../../src/redeem/check-token.ts';
import { createPasswordPolicy } from '../../src/redeem/password-policy.ts';
import { createResetPassword } from '../../src/redeem/reset-password.ts';
import { createSpendLink } from '../../src/redeem/spend-link.ts';
import {
  createMemoryHasher,
  createMemoryLimits,
  createMemoryMailer,
  createMemoryQueue,
} from './memory-ports.ts';
import { createMovingClock } from './moving-clock.ts';

export const MINUTE = 60_000;
const RETENTION_MS = 30 * 24 * 60 * MINUTE;
const RECONCILE_AFTER_MS = 15_000;

export const KEY_A: TokenKey = { kid: 'a', key: new Uint8Array(32).fill(1) };
export const KEY_B: TokenKey = { kid: 'b', key: new Uint8Array(32).fill(2) };

export interface FlowOptions {
  readonly limits?: { network: number; account: number; redeem: number };
  /** How long the points of `limits` last; for ever when left out. */
  readonly limitWindowMs?: number;
  readonly linkTtlMs?: number;
  readonly jitterMs?: number;
  readonly retentionMs?: number;
}

/** Every verb wired over a store, with a clock to move, a queue to look into and a mailbox to read. */
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
  const linkTtlMs = options.linkTtlMs ?? 30 * MINUTE;
  const retentionMs = options.retentionMs ?? RETENTION_MS;
  const times = {
    linkTtlMs,
    retentionMs,
    requestDeadlineMs: 60 * MINUTE,
    reconcileAfterMs: RECONCILE_AFTER_MS,
  };
  const { wakeUps } = queue;

  const request = createRequestPasswordReset({
    requests: store.requests,
    limits: limits.request,
    wakeUps,
    identifiers,
    clock,
    linkTtlMs,
    jitterMs: options.jitterMs ?? 0,
  });
  const policy = createPasswordPolicy({ minLength: 8, normalization: 'none' });
  const reset = createResetPassword({
    store,
    spendLink: createSpendLink({ store, clock, retentionMs }),
    limits: limits.redeem,
    hasher: hashing.hasher,
    wakeUps,
    identifiers,
    policy,
    clock,
    pause: clock.pause,
  });
  const check = createCheckToken({ store, limits: limits.redeem, identifiers, clock });

  const stop = new AbortController();

  /** A worker with its own key ring, and its own view of the store where a test wants one. */
  const worker = (tokenKeys: readonly TokenKey[] = [KEY_A], owner = 'worker-1', seen: Store = store) => {
    const keys = createTokenKeys(tokenKeys);
    const { mailer } = mail;
    const composeMail = createComposeMail({
      store: seen,
      keys,
      identifiers,
      mailer,
      publicWebUrl: 'https://app.test',
    });
    const mintLink = createMintLink({ store, keys, identifiers, clock, ...times });
    const deliverMail = createDeliverMail({
      store: seen,
      composeMail,
      mailer,
      wakeUps,
      clock,
      pause: clock.pause,
      stopping: stop.signal,
      ...times,
    });
    const endLateSessions = createEndLateSessions({ store: seen, clock });
    return {
      processRequest: createProcessRequest({
        store: seen,
        mintLink,
        wakeUps,
        clock,
        stopping: stop.signal,
        ...times,
      }),
      /** Sessions first, as the worker's handler does it. */
      deliverMail: async (delivery: { deliveryId: string; attempt?: number }) => {
        const ended = await endLateSessions(delivery);
        return ended.outcome === 'postponed' ? ended : deliverMail(delivery);
      },
      reconcile: createReconcile({
        backlog: store.backlog,
        leases: store.leases,
        queue: queue.state,
        wakeUps,
        clock,
        owner,
        ...times,
      }),
    };
  };

  const ask = (email: string, client = '203.0.113.7') =>
    request({ email, locale: null, client, network: 'n', userAgent: 'test', traceparent: null });
  const redeem = (token: string, newPassword: string, client = '203.0.113.7') =>
    reset({ token, newPassword, client, network: 'n', userAgent: 'test' });
  const lastWake = (kind: 'request' | 'delivery') => {
    const wake = queue.rung.findLast((rung) => rung.kind === kind);
    if (!wake) throw new Error(`nobody rang for a ${kind}`);
    return wake;
  };
  /** The newest request's look-up, done by a worker. */
  const identify = (by = worker()) => by.processRequest({ requestId: lastWake('request').id });
  /** The newest delivery, done by a worker. */
  const deliver = (by = worker()) => {
    const { id: deliveryId, attempt } = lastWake('delivery');
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
    check: (token: string, client = '203.0.113.7') => check({ token, client }),
    worker,
    /** Asks every worker to stop. */
    stop: () => stop.abort(),
    identify,
    deliver,
    lastWake,
    lastToken,
    /** Asks, and delivers if there is something to deliver. */
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
