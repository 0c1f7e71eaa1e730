import { Agent, get } from 'node:http';
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
});
