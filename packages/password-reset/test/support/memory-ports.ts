import type { DeliveryId, RequestId } from '../../src/model/ids.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { PasswordHasher } from '../../src/ports/hashing.ts';
import type { LimitVerdict, RedeemLimits, RequestLimits } from '../../src/ports/limits.ts';
import type { Mailer, MailMessage, SendResult } from '../../src/ports/mail.ts';
import type { JobQueue, NewJob, QueueState } from '../../src/ports/queue.ts';

export type RecordedJob =
  | ({ readonly kind: 'request' } & NewJob<RequestId>)
  | ({ readonly kind: 'delivery' } & NewJob<DeliveryId>);

/** A queue that records the jobs that were enqueued; `fail` makes it reject them. */
export const createMemoryQueue = () => {
  const enqueued: RecordedJob[] = [];
  const queue = { fail: false, depth: { request: 0, delivery: 0 } };
  const record = async (job: RecordedJob): Promise<void> => {
    if (queue.fail) throw new Error('queue away');
    enqueued.push(job);
  };
  const jobQueue: JobQueue = {
    request: (job) => record({ kind: 'request', ...job }),
    delivery: (job) => record({ kind: 'delivery', ...job }),
  };
  const state: QueueState = {
    depth: async (kind) => queue.depth[kind],
    has: async (kind, { id, attempt }) =>
      enqueued.some((job) => job.kind === kind && job.id === id && job.attempt === attempt),
  };
  return { enqueued, queue, jobQueue, state };
};

export const SENT: SendResult = {
  class: 'accepted',
  provider: 'memory',
  phase: 'done',
  code: 250,
  enhancedCode: '2.0.0',
  ms: 1,
  waitedMs: 0,
  heldMs: 1,
};

/**
 * A mailer that records every message, and for how many milliseconds a connection was held without one. `relay.next` decides the
 * result of a send.
 */
export const createMemoryMailer = () => {
  const sent: MailMessage[] = [];
  const occupied: number[] = [];
  const relay: { next: (message: MailMessage) => SendResult | Promise<SendResult> } = { next: () => SENT };
  const mailer: Mailer = {
    templateVersion: 1,
    chooseLocale: (candidates) =>
      candidates.find((candidate) => candidate === 'de' || candidate === 'en') ?? 'en',
    messageId: (deliveryId) => `<${deliveryId.replace(':', '.')}@acme.test>`,
    send: async (message) => {
      sent.push(message);
      return relay.next(message);
    },
    occupy: async ({ ms, giveUp }) => {
      occupied.push(ms);
      return !giveUp.aborted;
    },
  };
  return { sent, occupied, relay, mailer };
};

/** Limits that count `max` points per key: without end, or within a window that begins with the first point. */
export const createMemoryLimits = (
  max = { network: Infinity, account: Infinity, redeem: Infinity },
  window?: { readonly clock: Clock; readonly ms: number },
) => {
  const calls: string[] = [];
  const counts = new Map<string, { count: number; endsAt: number }>();
  const now = (): number => window?.clock.now().getTime() ?? 0;
  const consume = (limit: 'network' | 'account' | 'redeem', key: string): LimitVerdict => {
    calls.push(`${limit} ${key}`);
    const before = counts.get(`${limit} ${key}`);
    const open = before && before.endsAt > now() ? before : { count: 0, endsAt: now() + (window?.ms ?? 1) };
    counts.set(`${limit} ${key}`, { ...open, count: open.count + 1 });
    return open.count < max[limit] ? { allowed: true } : { allowed: false, retryAfterMs: 60_000 };
  };
  const request: RequestLimits = {
    network: async ({ network }) => consume('network', network),
    account: async (hmac) => ({ overLimit: !consume('account', hmac).allowed }),
  };
  const redeem: RedeemLimits = { network: async ({ network }) => consume('redeem', network) };
  return { calls, request, redeem };
};

/** A fast substitute for bcrypt; counts the hashes and comparisons that it computes. */
export const createMemoryHasher = () => {
  const computed = { hashes: 0, compares: 0 };
  const hasher: PasswordHasher = {
    hash: async (password, like) => {
      computed.hashes += 1;
      return fakeBcrypt(password, like);
    },
    matches: async (password, storedHash) => {
      computed.compares += 1;
      return fakeBcrypt(password, storedHash.slice(0, 4)) === storedHash;
    },
  };
  return { computed, hasher };
};

/** A string in the shape of a bcrypt hash that depends on the password. */
export const fakeBcrypt = (password: string, prefix = '$2b$'): string =>
  `${prefix}10$${Buffer.from(password).toString('hex').slice(0, 53).padEnd(53, '.')}`;
