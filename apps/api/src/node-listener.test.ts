import { createLogger, type RunningServer, startHttpServer } from '@latchkey/runtime';
import { afterEach, expect, it } from 'vitest';
import { createNodeListener } from './node-listener.ts';

let server: RunningServer | undefined;
afterEach(() => server?.close());

it('an error outside the GraphQL part is an empty 500, and its stack stays in the log', async () => {
  const lines: string[] = [];
  const log = createLogger({ name: 'api', destination: { write: (line) => void lines.push(line) } });
  const listener = createNodeListener({
    log,
    yoga: {
      handleNodeRequestAndResponse: () => {
        throw new Error('broken plugin for bob@example.com');
      },
    },
  });
  server = await startHttpServer({
    listener: (...args) => void listener(...args),
    host: '127.0.0.1',
    port: 0,
  });

  const response = await fetch(server.url);

  expect([response.status, await response.text()]).toEqual([500, '']);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(lines.join('')).toContain('broken plugin');
  expect(lines.join('')).not.toContain('bob@example.com');
});

it('a request whose sender has gone without an address is not run', async () => {
  const served: string[] = [];
  const log = createLogger({ name: 'api', level: 'silent' });
  const listener = createNodeListener({
    log,
    yoga: {
      handleNodeRequestAndResponse: (request, _response, { peer }) => {
        served.push(`${request.url} ${peer}`);
        return new Response('ok');
      },
    },
  });
  server = await startHttpServer({
    listener: (request, response) => {
      if (request.url === '/gone')
        Object.defineProperty(request.socket, 'remoteAddress', { value: undefined });
      void listener(request, response);
    },
    host: '127.0.0.1',
    port: 0,
  });

  await fetch(`${server.url}/here`);
  await expect(fetch(`${server.url}/gone`)).rejects.toThrow();
  expect(served).toEqual(['/here 127.0.0.1']);
});
