import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToItsEnd } from '../harness/spawn-app.ts';
import { onMongo, type Stack, startStack } from '../harness/stack.ts';

const redisUrlOf = (server: Server): string => {
  const address = server.address();
  return `redis://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : ''}`;
};

/** Longer than the 30 s an application waits for its engines. */
const PATIENCE_MS = 60_000;

describe.concurrent(`an engine that is away at boot for 30 s, ${onMongo()}`, () => {
  let stack: Stack;
  const silent = createServer();
  beforeAll(async () => {
    stack = await startStack({ workers: 0 });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(async () => {
    silent.close();
    await stack?.stop();
  });

  const nowhere = 'mongodb://127.0.0.1:9/app?directConnection=true';
  it.each(['api', 'worker'] as const)('no MongoDB ends the %s with 69 and says what to do', async (name) => {
    const { code, output, ms } = await runToItsEnd(
      name,
      { ...stack.env[name], MONGODB_URI: nowhere },
      PATIENCE_MS,
    );

    expect(code).toBe(69);
    expect(output).toMatch(/MongoDB: not reachable for 30 s\s+Start it, or correct MONGODB_URI\./);
    expect(ms).toBeGreaterThan(29_000);
  });

  it.each([
    ['a Redis that refuses connections', 'api'],
    ['a Redis that takes connections and never answers', 'worker'],
  ] as const)('%s ends the %s with 69 and says what to do', async (_redis, name) => {
    const redisUrl = name === 'api' ? 'redis://127.0.0.1:9' : redisUrlOf(silent);
    const env = { ...stack.env[name], REDIS_URL: redisUrl };

    const { code, output } = await runToItsEnd(name, env, PATIENCE_MS);

    expect(code).toBe(69);
    expect(output).toMatch(/Redis: not reachable for 30 s\s+Start it, or correct REDIS_URL\./);
  });
});
