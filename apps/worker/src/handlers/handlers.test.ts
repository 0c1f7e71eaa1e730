import type {
  DeliverMailOutcome,
  EndLateSessionsOutcome,
  ProcessRequestOutcome,
} from '@latchkey/password-reset';
import { silentLog } from '@latchkey/runtime';
import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { createWorkerMetrics } from '../metrics.ts';
import { createMissingKeys } from '../missing-keys.ts';
import { createDeliveryHandler } from './handle-delivery.ts';
import { createRequestHandler } from './handle-request.ts';

const at = new Date(10_000);
const clock = { now: () => new Date(1_000) };
const requestId = 'a'.repeat(32);
const deliveryId = `${requestId}:password-reset`;
const delivery = {
  deliveryId,
  requestId,
  kind: 'password-reset',
  attempt: 2,
  messageId: '<m@acme.test>',
} as const;

const setup = () => {
  const lines: { level: string; fields: Record<string, unknown> }[] = [];
  const write = (level: string) => (fields: Record<string, unknown>) => void lines.push({ level, fields });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn') };
  const registry = new Registry();
  const metrics = createWorkerMetrics(registry);
  const missingKeys = createMissingKeys({ clock });

  return {
    lines,
    missingKeys,
    metricsText: () => registry.metrics(),
    request: (result: ProcessRequestOutcome) =>
      createRequestHandler({ processRequest: async () => result, log, metrics })({
        id: requestId,
        attempt: 0,
        traceparent: null,
      }),
    delivery: (result: DeliverMailOutcome) =>
      createDeliveryHandler({
        endLateSessions: () => Promise.reject(new Error('a link ends no sessions')),
        deliverMail: async () => result,
        missingKeys,
        log,
        metrics,
      })({ id: deliveryId, attempt: 1, traceparent: null }),
    notice: (endLateSessions: () => Promise<EndLateSessionsOutcome>) =>
      createDeliveryHandler({
        endLateSessions,
        deliverMail: async () => ({ outcome: 'lost', state: 'accepted' }),
        missingKeys,
        log,
        metrics,
      })({ id: `${requestId}:password-changed`, attempt: 0, traceparent: null }),
  };
};

describe('request handler', () => {
  it.each<[string, ProcessRequestOutcome]>([
    ['info', { outcome: 'minted', deliveryId, dueAt: at }],
    ['warn', { outcome: 'minted', deliveryId, dueAt: at, keysDiffer: true }],
    ['info', { outcome: 'no_account' }],
    ['info', { outcome: 'ineligible', reason: 'disabled' }],
    ['info', { outcome: 'over_limit', reason: 'live_link' }],
    ['info', { outcome: 'link_expired' }],
    ['info', { outcome: 'lost', state: 'claimed' }],
    ['warn', { outcome: 'expired' }],
    ['warn', { outcome: 'deferred', at, error: new Error('x') }],
  ])('is done at level %s after %o, with one line and one count', async (level, result) => {
    const { lines, request, metricsText } = setup();

    expect(await request(result)).toEqual({ kind: 'done' });
    expect(lines).toEqual([
      {
        level,
        fields: expect.objectContaining({ event: 'request.processed', requestId, outcome: result.outcome }),
      },
    ]);
    expect(await metricsText()).toMatch(/^latchkey_requests_processed_total\{outcome="\w+"\} 1$/m);
  });

  it('counts strangers, accounts that get no link and accounts over their limit as one, and logs which it was [T-42]', async () => {
    const { lines, request, metricsText } = setup();
    await request({ outcome: 'no_account' });
    await request({ outcome: 'ineligible', reason: 'disabled' });
    await request({ outcome: 'over_limit', reason: 'live_link' });
    await request({ outcome: 'minted', deliveryId, dueAt: at });

    const counted = (await metricsText()).match(/^latchkey_requests_processed_total.*$/gm);
    expect(counted).toEqual([
      'latchkey_requests_processed_total{outcome="settled"} 3',
      'latchkey_requests_processed_total{outcome="minted"} 1',
    ]);
    expect(lines.map(({ fields }) => fields['outcome'])).toEqual([
      'no_account',
      'ineligible',
      'over_limit',
      'minted',
    ]);
  });

  it('comes back when the row is not due yet', async () => {
    expect(await setup().request({ outcome: 'not_due', at })).toEqual({ kind: 'later', at });
  });
});

describe('delivery handler', () => {
  it('comes back, with one line that says why, when a mail could not be made', async () => {
    const { lines, delivery: handle } = setup();
    const error = new Error('x');

    expect(await handle({ outcome: 'postponed', at, error })).toEqual({ kind: 'later', at });
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: { event: 'mail.postponed', deliveryId, outcome: 'postponed', at, err: error },
      },
    ]);
  });

  const result = {
    class: 'transient',
    provider: 'relay.test',
    phase: 'rcpt',
    code: 451,
    enhancedCode: '4.7.1',
    ms: 120,
    waitedMs: 10,
    heldMs: 100,
  } as const;

  it('writes exactly one mail.delivery line for an attempt, with everything to find it by', async () => {
    const { lines, delivery: handle, metricsText } = setup();

    expect(await handle({ outcome: 'deferred', delivery, result, settled: true })).toEqual({ kind: 'done' });
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: {
          event: 'mail.delivery',
          ...delivery,
          outcome: 'deferred',
          class: 'transient',
          code: 451,
          enhancedCode: '4.7.1',
          ms: 120,
          provider: 'relay.test',
          phase: 'rcpt',
        },
      },
    ]);
    expect(await metricsText()).toContain(
      'latchkey_deliveries_processed_total{kind="password-reset",outcome="deferred",class="transient"} 1',
    );
  });

  it('tells a fence lost while sending (info) from a result that could not be written (warn)', async () => {
    const { lines, delivery: handle } = setup();
    const accepted = { ...result, class: 'accepted' } as const;

    await handle({ outcome: 'accepted', delivery, result: accepted, settled: false });
    await handle({ outcome: 'accepted', delivery, result: accepted, settled: false, error: new Error('db') });

    expect(lines.map(({ level, fields }) => [level, fields['event']])).toEqual([
      ['info', 'mail.delivery'],
      ['info', 'mail.unsettled'],
      ['info', 'mail.delivery'],
      ['warn', 'mail.unsettled'],
    ]);
  });

  it.each<[string, string, DeliverMailOutcome]>([
    ['info', 'mail.dismissed', { outcome: 'suppressed', delivery, reason: 'link_redeemed' }],
    ['warn', 'mail.dismissed', { outcome: 'expired', delivery, reason: 'deadline' }],
    ['warn', 'mail.dismissed', { outcome: 'dead', delivery, reason: 'deadline' }],
    ['info', 'mail.lost', { outcome: 'lost', state: 'sending' }],
  ])('claims no attempt where none was made: %s %s', async (level, event, outcome) => {
    const { lines, delivery: handle, metricsText } = setup();

    expect(await handle(outcome)).toEqual({ kind: 'done' });
    expect(lines).toEqual([{ level, fields: expect.objectContaining({ event, deliveryId }) }]);
    expect(await metricsText()).toContain(`outcome="${outcome.outcome}",class="none"} 1`);
  });

  it('ends late sessions before a notice, says so, and holds the notice back only while the database is away', async () => {
    const { lines, notice } = setup();
    const seen = () => lines.splice(0).map(({ level, fields }) => [level, fields['event']]);

    await notice(async () => ({ outcome: 'none' }));
    expect(seen()).toEqual([['info', 'mail.lost']]);
    await notice(async () => ({ outcome: 'ended', sessionsRevoked: 0 }));
    expect(seen()).toEqual([['info', 'mail.lost']]);
    await notice(async () => ({ outcome: 'ended', sessionsRevoked: 2 }));
    expect(seen()).toEqual([
      ['info', 'sessions.ended'],
      ['info', 'mail.lost'],
    ]);
    await notice(async () => ({ outcome: 'failed', error: new Error('not authorized') }));
    expect(seen()).toEqual([
      ['warn', 'sessions.not_ended'],
      ['info', 'mail.lost'],
    ]);
    expect(await notice(async () => ({ outcome: 'postponed', at, error: new Error('no time') }))).toEqual({
      kind: 'later',
      at,
    });
    expect(seen()).toEqual([['warn', 'mail.postponed']]);
    await expect(notice(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(seen()).toEqual([]);
  });

  it('counts a delivery that sends nothing nowhere, and says it to nobody who did not ask for every detail', async () => {
    const { lines, delivery: handle, metricsText } = setup();
    const before = await metricsText();

    expect(await handle({ outcome: 'ghost', requestId, attempt: 1 })).toEqual({ kind: 'done' });
    expect(await handle({ outcome: 'ghost', requestId, attempt: 2, again: at })).toEqual({ kind: 'done' });
    expect(lines).toEqual([
      { level: 'debug', fields: { event: 'mail.ghost', requestId, attempt: 1 } },
      { level: 'debug', fields: { event: 'mail.ghost', requestId, attempt: 2, again: at } },
    ]);
    expect(await metricsText()).toBe(before);
  });

  it('gives a mail back whose key is not here, and remembers the key for two minutes', async () => {
    let nowMs = 1_000;
    const missing = createMissingKeys({ clock: { now: () => new Date(nowMs) } });
    const { delivery: handle, missingKeys } = setup();

    expect(await handle({ outcome: 'not_mine', kid: 'k0' })).toEqual({ kind: 'not_mine' });
    expect(missingKeys.kids()).toEqual(['k0']);

    missing.missed('k0');
    nowMs += 120_000;
    expect(missing.kids()).toEqual(['k0']);
    nowMs += 1;
    expect(missing.kids()).toEqual([]);
  });

  it('never makes a label of what a job brought along', async () => {
    const { metricsText } = setup();
    const registry = new Registry();
    const metrics = createWorkerMetrics(registry);
    await createDeliveryHandler({
      endLateSessions: async () => ({ outcome: 'none' }),
      deliverMail: async () => ({ outcome: 'lost', state: 'gone' }),
      missingKeys: { missed: vi.fn() },
      log: { ...silentLog, debug: () => undefined },
      metrics,
    })({ id: 'x:"} evil', attempt: 0, traceparent: null });

    expect(await registry.metrics()).toContain('latchkey_deliveries_processed_total{kind="unknown"');
    expect(await metricsText()).not.toContain('evil');
  });
});
