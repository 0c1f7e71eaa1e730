import { HasherBusyError } from '@latchkey/password-reset';
import { describe, expect, it } from 'vitest';
import { createClientOf } from '../client/networks.ts';
import { createFairQueue } from './fair-queue.ts';

/** A queue whose tasks end only by `finish`. Each task is named after its network. */
const setUp = ({ workers = 1, capacity = 8, longestWaitMs = 5_000 } = {}) => {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const refused: string[] = [];
  const answered: string[] = [];
  let at = 0;
  const queue = createFairQueue<string, string>({
    work: (task) => {
      started.push(task);
      return new Promise((resolve) => ends.push(() => resolve(task)));
    },
    workers,
    capacity,
    longestWaitMs,
    now: () => at,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  return {
    queue,
    started,
    refused,
    answered,
    pass: (ms: number) => {
      at += ms;
    },
    add: async (task: string, client: string, options?: { goesOn: boolean }) => {
      queue.run(task, clientOf(client), options).then(
        (answer) => answered.push(answer),
        (error: unknown) => {
          expect(error).toBeInstanceOf(HasherBusyError);
          refused.push(task);
        },
      );
      await settled();
    },
    /** Ends the `count` tasks that have been running the longest, one after the other. */
    finish: async (count = 1) => {
      for (let i = 0; i < count; i += 1) {
        ends.shift()?.();
        await settled();
      }
    },
  };
};

const clientOf = createClientOf({ storage: 'hmac', identifiers: { network: (cidr) => cidr } });
const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '192.0.2.3';
/** An address in the `n`th /64 of one /48. */
const inOne48 = (n: number) => `2001:db8:1:${n.toString(16)}:0:0:0:1`;

describe('the line for hashing', () => {
  it('lets one network use all of it while nobody else waits', async () => {
    const { queue, add, finish, started, refused } = setUp({ workers: 2, capacity: 4 });
    for (const task of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7']) await add(task, A);

    expect(started).toEqual(['a1', 'a2']);
    expect(queue.waiting).toBe(4);
    expect(refused).toEqual(['a7']);
    await finish(6);
    expect(started).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
  });

  it('takes one task of each network in turn [T-32]', async () => {
    const { add, finish, started } = setUp();
    for (const task of ['a1', 'a2', 'a3', 'a4']) await add(task, A);
    await add('b1', B);
    await add('b2', B);
    await add('c1', C);
    await finish(6);

    expect(started).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('gives a whole IPv6 /48 one turn, and its /64s theirs within', async () => {
    const { add, finish, started } = setUp({ capacity: 16 });
    await add('first', A);
    for (const task of ['x1', 'x2', 'x3']) await add(task, inOne48(1));
    for (const task of ['y1', 'y2']) await add(task, inOne48(2));
    await add('b1', B);
    await add('b2', B);
    await finish(7);

    expect(started).toEqual(['first', 'x1', 'b1', 'y1', 'b2', 'x2', 'y2', 'x3']);
  });

  it('never lets a network that keeps coming back starve another one', async () => {
    const { add, finish, started } = setUp({ capacity: 4 });
    await add('a0', A);
    await add('b', B);
    for (let i = 1; i <= 3; i += 1) {
      await add(`a${i}`, A);
      await finish();
    }

    expect(started.indexOf('b')).toBe(1);
  });

  it('never lets ever new networks starve one that has more in line', async () => {
    const { add, finish, started } = setUp();
    for (const task of ['a1', 'a2', 'a3']) await add(task, A);
    for (let i = 1; i <= 6; i += 1) {
      await add(`new${i}`, `198.51.100.${i}`);
      await finish();
    }

    expect(started).toEqual(['a1', 'new1', 'a2', 'new2', 'new3', 'a3', 'new4']);
  });

  it('takes no third task of an address, or of a /64, while somebody else waits', async () => {
    const { add, finish, refused, answered } = setUp();
    await add('b1', B);
    await add('c1', C);
    await add('a1', A);
    await add('a2', A);
    await add('a3', A);
    expect(refused).toEqual(['a3']);

    await finish(3);
    await add('a4', A);
    expect(answered).toEqual(['b1', 'c1', 'a1']);
    // No other network waits any more, so a4 is accepted.
    expect(refused).toEqual(['a3']);
  });

  it('takes no fifth task of a /48 while somebody else waits', async () => {
    const { add, refused } = setUp();
    await add('b1', B);
    await add('b2', B);
    for (let n = 1; n <= 5; n += 1) await add(`x${n}`, inOne48(n));

    expect(refused).toEqual(['x5']);
  });

  it('ends what it began, also for a network that has its share in line', async () => {
    const { add, refused } = setUp();
    await add('b1', B);
    await add('b2', B);
    await add('a1', A);
    await add('a2', A);
    await add('a-hash', A, { goesOn: true });

    expect(refused).toEqual([]);
  });

  it('takes a stranger in when it is full, for the newest task of the network that has the most in line', async () => {
    const { queue, add, finish, started, refused } = setUp({ capacity: 3 });
    for (const task of ['a1', 'a2', 'a3', 'a4']) await add(task, A);
    await add('b1', B);

    expect(refused).toEqual(['a4']);
    expect(queue.waiting).toBe(3);
    await finish(3);
    expect(started).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('takes a stranger in when it is full, for the newest task of the biggest /64 of the biggest /48', async () => {
    const { add, refused } = setUp({ capacity: 4 });
    await add('first', A);
    await add('x1', inOne48(1));
    await add('y1', inOne48(2));
    await add('y2', inOne48(2));
    await add('b1', B);
    await add('c1', C);

    expect(refused).toEqual(['y2']);
  });

  it('refuses the newcomer when it is full of one task a network: nobody gives way for a mere change of places', async () => {
    const { add, refused } = setUp({ capacity: 2 });
    await add('a1', A);
    await add('a2', A);
    await add('b1', B);
    await add('c1', C);

    expect(refused).toEqual(['c1']);
  });

  it('refuses what has waited too long, and goes on with the others', async () => {
    const { queue, add, finish, pass, started, refused } = setUp({ longestWaitMs: 5_000 });
    await add('a1', A);
    await add('a2', A);
    pass(3_000);
    await add('b1', B);
    pass(2_001);
    await finish();

    expect(refused).toEqual(['a2']);
    expect(started).toEqual(['a1', 'b1']);
    expect(queue.waiting).toBe(0);
  });

  it('refuses nothing that goes on, however long it has waited', async () => {
    const { queue, finish, pass, refused } = setUp({ longestWaitMs: 5_000 });
    const first = queue.run('a1', clientOf(A));
    const second = queue.run('a2', clientOf(A), { goesOn: true });
    pass(60_000);
    await finish(2);

    expect(await Promise.all([first, second])).toHaveLength(2);
    expect(refused).toEqual([]);
  });

  it('remembers no network that has nothing in line', async () => {
    const { queue, add, finish, pass } = setUp({ capacity: 4 });
    for (let n = 1; n <= 6; n += 1) await add(`x${n}`, inOne48(n));
    await add('b1', B);
    await add('a1', A);
    expect(queue.networks).toBeGreaterThan(1);

    await finish(2);
    pass(10_000);
    await finish(8);

    expect([queue.waiting, queue.networks]).toEqual([0, 0]);
  });

  it('goes on after a task that failed', async () => {
    const queue = createFairQueue<string, string>({
      work: async (task) => {
        if (task === 'bad') throw new Error('thread gone');
        return task;
      },
      workers: 1,
      capacity: 2,
      longestWaitMs: 5_000,
    });
    const [bad, good] = await Promise.allSettled([
      queue.run('bad', clientOf(A)),
      queue.run('good', clientOf(A)),
    ]);

    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'thread gone' } });
    expect(good).toMatchObject({ status: 'fulfilled', value: 'good' });
  });
});
