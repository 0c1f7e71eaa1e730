import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startHttpServer } from './http-server.ts';

describe('a server that closes', () => {
  it('finishes the request that runs, although the client keeps its connection', async () => {
    let answer: () => void = () => {};
    let arrived: () => void = () => {};
    const inside = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      listener: (_request, response) => {
        answer = () => response.end('done');
        arrived();
      },
    });
    const agent = new Agent({ keepAlive: true });
    const body = new Promise<string>((resolve, reject) => {
      get(server.url, { agent }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
    await inside;

    const closed = server.close();
    answer();

    expect(await body).toBe('done');
    await closed;
    agent.destroy();
  });

  it('answers a request that was sent before its client could know, and says that it was the last', async () => {
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      listener: (_request, response) => response.end('done'),
    });
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const ask = () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    ask();
    await expect.poll(() => text).toContain('done');
    text = '';

    ask();
    const closed = server.close();
    await once(socket, 'close');

    expect(text).toContain('Connection: close');
    expect(text).toContain('done');
    await closed;
  });

  it.each([
    ['says nothing', ''],
    ['stops in the middle of a head', 'POST / HTTP/1.1\r\nHost'],
    ['stops in the middle of a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab'],
  ])('is not held up by a client that %s', async (_what, bytes) => {
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      listener: (request, response) => {
        request.resume().once('end', () => response.end('done'));
      },
    });
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    // What was sent has arrived once a later client is answered.
    await (await fetch(server.url)).text();

    await server.close();
    socket.destroy();
  });
});
