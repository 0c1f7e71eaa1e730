import { describe, expect, it } from 'vitest';
import { type ClockSample, createSteadyClock } from './steady-clock.ts';

/** Another machine's clock, the monotonic clock of this one, and its wall clock; `pass` lets time go by on all three. */
const setup = ({ wallAheadMs = 0 } = {}) => {
  let elapsed = 5_000;
  let other = 1_800_000_000_000;
  let wall = other + wallAheadMs;
  const pass = (ms: number) => {
    elapsed += ms;
    other += ms;
    wall += ms;
  };
  /** A look that takes `thereMs` to the other clock and `backMs` back. */
  const look = (thereMs = 0.4, backMs = 0.4): ClockSample => {
    const askedAt = elapsed;
    pass(thereMs);
    const saidMs = Math.floor(other);
    pass(backMs);
    return { saidMs, askedAt, answeredAt: elapsed };
  };
  const clock = createSteadyClock({
    samples: [look(40, 3), look(), look(9, 1)],
    monotonicMs: () => elapsed,
    wallMs: () => wall,
  });

  return {
    clock,
    pass,
    look,
    errorMs: () => clock.now().getTime() - other,
    setOther: (byMs: number) => {
      other += byMs;
    },
    setWall: (byMs: number) => {
      wall += byMs;
    },
  };
};

describe('steady clock', () => {
  it('is the other clock, told from the look with the shortest way', () => {
    const { errorMs, pass } = setup({ wallAheadMs: 4_000 });

    expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
    pass(86_400_000);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
  });

  it('does not care what becomes of the wall clock, and says how far that is off', () => {
    const { clock, errorMs, setWall } = setup({ wallAheadMs: 4_000 });
    expect(clock.offsetMs()).toBeCloseTo(4_000, -1);

    setWall(-3_600_000);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
    expect(clock.offsetMs()).toBeCloseTo(-3_596_000, -1);
  });

  it('is not moved by a way that took long, however uneven', () => {
    const { clock, look } = setup();

    expect(clock.correct([look(2_400, 0)])).toEqual({ byMs: 0, stepped: false });
    expect(clock.correct([look(0, 2_400)])).toEqual({ byMs: 0, stepped: false });
  });

  it.each([40, -40])(
    'makes a difference of %d ms good little by little, and never runs backwards',
    (byMs) => {
      const { clock, errorMs, look, pass, setOther } = setup();
      setOther(byMs);

      const { stepped } = clock.correct([look()]);

      expect(stepped).toBe(false);
      expect(errorMs()).toBeCloseTo(-byMs, -1);
      let last = clock.now();
      for (let ms = 0; ms < 1_000; ms += 10) {
        pass(10);
        expect(clock.now().getTime()).toBeGreaterThanOrEqual(last.getTime());
        last = clock.now();
      }
      expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
    },
  );

  it('goes on from where it is when a second difference comes before the first is made good', () => {
    const { clock, errorMs, look, pass, setOther } = setup();
    setOther(300);
    clock.correct([look()]);
    pass(2_000);
    expect(errorMs()).toBeCloseTo(-200, -1);

    setOther(-100);
    clock.correct([look()]);
    expect(errorMs()).toBeCloseTo(-100, -1);
    pass(2_000);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
  });

  it.each([20_000, -20_000])('takes a step of %d ms at once', (byMs) => {
    const { clock, errorMs, look, setOther } = setup();
    setOther(byMs);

    const correction = clock.correct([look(700, 300), look()]);

    expect(correction.stepped).toBe(true);
    expect(correction.byMs).toBeCloseTo(byMs, -1);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
  });

  it('cannot be without a sample', () => {
    expect(() => createSteadyClock({ samples: [] })).toThrow(RangeError);
  });
});
