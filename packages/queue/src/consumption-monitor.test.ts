import { UnavailableError } from '@latchkey/password-reset';
import { describe, expect, it, vi } from 'vitest';
import { createConsumption } from './consumption.ts';
import { createConsumptionMonitor, HEARTBEAT_MS, NOT_READY_AFTER_MS } from './consumption-monitor.ts';
import type { HeartbeatResult } from './producer.ts';

const busy: HeartbeatResult = { consumed: false, waiting: 1, paused: false };
const othersConsume: HeartbeatResult = { consumed: true, waiting: 0, paused: false };

const setup = (random = 0) => {
  let nowMs = 0;
  let wallMs = 0;
  let pulse: HeartbeatResult | undefined = busy;
  let engines = true;
  const onStuck = vi.fn();
  const left: number[] = [];
  const consumption = createConsumption({
    clock: { now: () => new Date(wallMs + nowMs) },
    elapsedMs: () => nowMs,
  });
  const beat = createConsumptionMonitor({
    queue: 'mail-deliveries',
    workerId: 'w',
    producer: {
      heartbeat: async (_queue, _workerId, count = 1) => {
        if (!pulse) throw new UnavailableError('away');
        left.push(count);
        return pulse;
      },
    },
    consumption,
    enginesAnswer: async () => engines,
    onStuck,
    random: () => random,
  });
  const run = async (forMs: number) => {
    for (let passed = 0; passed < forMs; passed += HEARTBEAT_MS) {
      nowMs += HEARTBEAT_MS;
      await beat();
    }
  };

  return {
    consumption,
    onStuck,
    left,
    run,
    setClock: (byMs: number) => {
      wallMs += byMs;
    },
    sleep: (ms: number) => {
      nowMs += ms;
    },
    see: (next: HeartbeatResult | undefined) => {
      pulse = next;
    },
    engines: (answer: boolean) => {
      engines = answer;
    },
  };
};

describe('consumption', () => {
  it('is in doubt after 30 s in which jobs waited and none was finished, and given up after 90 s', async () => {
    const { consumption, onStuck, run } = setup();

    await run(25_000);
    expect(consumption.stalledForMs).toBeLessThan(NOT_READY_AFTER_MS);
    await run(5_000);
    expect(consumption.stalledForMs).toBe(NOT_READY_AFTER_MS);
    await run(55_000);
    expect(onStuck).not.toHaveBeenCalled();
    await run(60_000);
    expect(onStuck).toHaveBeenCalledExactlyOnceWith(90_000);
  });

  it('gives up to 30 s later when chance says so, so that a fleet does not restart in step', async () => {
    const { onStuck, run } = setup(1);

    await run(115_000);
    expect(onStuck).not.toHaveBeenCalled();
    await run(5_000);
    expect(onStuck).toHaveBeenCalled();
  });

  it('is proven by any finished job', async () => {
    const { consumption, onStuck, run } = setup();

    for (let i = 0; i < 10; i += 1) {
      await run(25_000);
      consumption.finished();
    }
    expect(onStuck).not.toHaveBeenCalled();
    expect(consumption.stalledForMs).toBe(0);
  });

  it('is in doubt when others take the heartbeats and this worker never takes anything', async () => {
    const { consumption, see, run } = setup();
    see(othersConsume);

    await run(5_000 + NOT_READY_AFTER_MS);
    expect(consumption.stalledForMs).toBeGreaterThanOrEqual(NOT_READY_AFTER_MS);
  });

  it.each([
    ['Redis is away', (at: ReturnType<typeof setup>) => at.see(undefined)],
    ['another engine is away', (at: ReturnType<typeof setup>) => at.engines(false)],
    ['the queue was paused', (at: ReturnType<typeof setup>) => at.see({ ...busy, paused: true })],
    ['there is nothing to do', (at: ReturnType<typeof setup>) => at.see({ ...busy, waiting: 0 })],
  ])('is not in doubt while %s', async (_why, happen) => {
    const at = setup();
    await at.run(25_000);
    happen(at);
    await at.run(300_000);

    expect(at.consumption.stalledForMs).toBe(0);
    expect(at.onStuck).not.toHaveBeenCalled();
  });

  it('is in doubt, but never given up, when no heartbeat could be left for 30 s, and no longer once one was', async () => {
    const { consumption, onStuck, see, run } = setup();
    see(undefined);

    await run(25_000);
    expect(consumption.refusedForMs).toBeLessThan(NOT_READY_AFTER_MS);
    await run(300_000);
    expect(consumption.refusedForMs).toBeGreaterThanOrEqual(NOT_READY_AFTER_MS);
    expect(onStuck).not.toHaveBeenCalled();

    see(busy);
    await run(HEARTBEAT_MS);
    expect(consumption.refusedForMs).toBe(0);
  });

  it('is not in doubt while jobs get finished, although no heartbeat can be left', async () => {
    const { consumption, see, run } = setup();
    see(undefined);

    for (let i = 0; i < 10; i += 1) {
      await run(25_000);
      consumption.finished();
    }
    await run(5_000);
    expect(consumption.refusedForMs).toBe(0);
  });

  it('is not in doubt because the process was suspended', async () => {
    const { consumption, run, sleep } = setup();

    await run(5_000);
    sleep(600_000);
    await run(5_000);
    expect(consumption.stalledForMs).toBeLessThan(NOT_READY_AFTER_MS);
  });

  it('is in doubt as soon when the clock was set back an hour', async () => {
    const { consumption, run, setClock } = setup();
    await run(5_000);
    consumption.finished();
    setClock(-3_600_000);

    await run(10_000 + NOT_READY_AFTER_MS);
    expect(consumption.stalledForMs).toBeGreaterThanOrEqual(NOT_READY_AFTER_MS);
  });

  it('is helped along in an idle fleet: who gets no heartbeat leaves more of them, up to a bound', async () => {
    const { consumption, left, see, run } = setup();
    see(othersConsume);

    await run(45_000);
    expect(left).toEqual([1, 1, 4, 16, 64, 256, 256, 256, 256]);

    consumption.finished();
    await run(10_000);
    expect(left.slice(-1)).toEqual([1]);
  });
});
