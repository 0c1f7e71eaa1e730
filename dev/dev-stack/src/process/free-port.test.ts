import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { freePort } from './free-port.ts';

it('the search for a free port gives no port twice, since whoever asked for one may not listen yet', async () => {
  const ports = new Set<number>();
  for (let i = 0; i < 500; i += 1) ports.add(await freePort());

  expect(ports.size).toBe(500);
});

it('the search for a free port passes over a port that somebody listens on', async () => {
  vi.resetModules();
  const { freePort: fresh } = await import('./free-port.ts');
  const first = await fresh();
  const server = createServer().listen(first + 1, '127.0.0.1');
  // An error means that another process already listens there.
  await Promise.race([once(server, 'listening'), once(server, 'error')]);

  expect(await fresh()).not.toBe(first + 1);
  server.close();
});
