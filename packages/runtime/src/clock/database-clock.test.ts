import { eventually } from '@latchkey/test-kit/until';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DatabaseClock, startDatabaseClock, watchClock } from './database-clock.ts';

/** A database whose clock is `aheadMs` before this machine's, until it is set otherwise or goes away. */
const setup = (aheadMs = 0) => {
  let database: number | undefined = aheadMs;
  let looks = 0;
  const log = { info: vi.fn(), warn: vi.fn() };

  return {
    log,
    set: (ms: number | undefined) => {
      database = ms;
    },
    /** Resolves when the database has been asked `count` more times. */
    asked: (count: number) => {
      const until = looks + count;
      return eventually(() => expect(looks).toBeGreaterThanOrEqual(until));
    },
    start: () =>
      startDatabaseClock({
        readTime: async () => {
          looks += 1;
          if (database === undefined) throw new Error('away');
          return new Date(Date.now() + database);
        },
        log,
        lookEveryMs: 5,
      }),
  };
};
const eventsOf = (log: { mock: { calls: unknown[][] } }) =>
  log.mock.calls.map(([fields]) => (fields as { event: string }).event);

describe('database clock', () => {
  let clock: DatabaseClock | undefined;
  afterEach(() => clock?.stop());

  it.each([
    [-6_000, '6.0 s ahead of'],
    [6_000, '6.0 s behind'],
  ])(
    'refuses a machine that is too far off, with the reason and what to do: %d ms',
    async (aheadMs, words) => {
      await expect(setup(aheadMs).start()).rejects.toMatchObject({
        code: 'ENGINE',
        message: `this machine's clock is ${words} the database's; more than 5 s is refused`,
        remedy: expect.stringContaining('NTP'),
      });
    },
  );

  it('passes on that the database does not answer at boot', async () => {
    const { set, start } = setup();
    set(undefined);

    await expect(start()).rejects.toThrow('away');
  });

  it('is the time of the database, warns above half a second, and says so in the metric', async () => {
    const { log, start } = setup(-4_000);
    clock = await start();

    // Here and below: half of the difference that would be seen otherwise, since a busy machine reads its clock late.
    expect(Math.abs(clock.now().getTime() - (Date.now() - 4_000))).toBeLessThan(2_000);
    expect(eventsOf(log.warn)).toEqual(['clock.off']);
    expect(log.warn.mock.calls[0]?.[1]).toContain("4.0 s ahead of the database's");

    const registry = new Registry();
    watchClock(registry, clock);
    const text = await registry.metrics();
    expect(text).toContain(
      "# HELP latchkey_clock_offset_seconds Wall clock of this machine minus the database's clock. All times are the database's; above 5 s no process starts.\n# TYPE latchkey_clock_offset_seconds gauge",
    );
    const [, seconds] = /^latchkey_clock_offset_seconds (\S+)$/m.exec(text) ?? [];
    expect(Number(seconds)).toBeCloseTo(4, 0);
  });

  it('says once that the difference has come, that it has gone, and that the database was set', async () => {
    const { asked, log, set, start } = setup();
    clock = await start();
    expect(log.warn).not.toHaveBeenCalled();

    set(2_000);
    await eventually(() => expect(eventsOf(log.warn)).toEqual(['clock.stepped', 'clock.off']));
    await asked(20);
    set(0);
    await eventually(() => expect(eventsOf(log.info)).toEqual(['clock.right']));
    await asked(20);
    expect(eventsOf(log.warn)).toEqual(['clock.stepped', 'clock.off', 'clock.stepped']);
  });

  it('looks again at once after its machine was suspended, and until the database answers', async () => {
    let suspendedMs = 0;
    let failures = 0;
    const log = { info: vi.fn(), warn: vi.fn() };
    clock = await startDatabaseClock({
      readTime: async () => {
        // The network comes back later than the machine.
        if (suspendedMs > 0 && failures++ < 2) throw new Error('away');
        return new Date();
      },
      log,
      lookEveryMs: 3_600_000,
      monotonicMs: () => performance.now() - suspendedMs,
    });

    suspendedMs = 7_200_000;
    expect(Date.now() - clock.now().getTime()).toBeGreaterThan(7_000_000);
    await eventually(() => expect(eventsOf(log.warn)).toEqual(['clock.stepped']));
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(3_600_000);
  });

  it('keeps the time while the database is away, and follows it again afterwards', async () => {
    const { asked, log, set, start } = setup(3_000);
    clock = await start();

    set(undefined);
    await asked(3);
    expect(Math.abs(clock.now().getTime() - (Date.now() + 3_000))).toBeLessThan(1_500);

    set(-1_000);
    await eventually(() => expect(eventsOf(log.warn)).toContain('clock.stepped'));
    expect(Math.abs(clock.now().getTime() - (Date.now() - 1_000))).toBeLessThan(2_000);
  });
});
