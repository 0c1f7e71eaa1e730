import { describe, expect, it } from 'vitest';
import { EngineError } from '../errors.ts';
import { waitForEngine } from './wait-for-engine.ts';

describe('waiting for an engine', () => {
  it('tries again until it answers', async () => {
    let tries = 0;
    const attempt = () => (++tries < 3 ? Promise.reject(new Error('refused')) : Promise.resolve('up'));

    expect(await waitForEngine({ engine: 'Redis', attempt, remedy: '', pauseMs: 0 })).toBe('up');
  });

  it('gives up at the deadline and says what to do', async () => {
    const waiting = waitForEngine({
      engine: 'Redis',
      attempt: () => Promise.reject(new Error('refused')),
      remedy: 'Start it.',
      deadlineMs: 10,
      pauseMs: 1,
    });

    await expect(waiting).rejects.toMatchObject({ code: 'ENGINE', engine: 'Redis', remedy: 'Start it.' });
  });

  it('does not wait for an engine that is up but of no use', async () => {
    const useless = new EngineError({
      engine: 'MongoDB',
      message: 'not a replica set',
      remedy: 'rs.initiate()',
    });
    let tries = 0;
    const attempt = () => {
      tries += 1;
      return Promise.reject(useless);
    };

    await expect(waitForEngine({ engine: 'MongoDB', attempt, remedy: '' })).rejects.toBe(useless);
    expect(tries).toBe(1);
  });
});
