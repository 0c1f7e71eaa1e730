import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextBody } from './load.ts';

/**
 * Sends evenly spaced requests without waiting for earlier answers. Each latency counts from the moment at which the request was
 * due, so a server that stalls pays for every request that came meanwhile. (autocannon would send its rate in one burst per
 * second.) Resolves with every latency in milliseconds.
 */
export const applyPacedLoad = async ({
  url,
  connections,
  seconds,
  rate,
}: {
  url: string;
  connections: number;
  seconds: number;
  rate: number;
}): Promise<readonly number[]> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const startedAt = performance.now();
  const answers: Promise<number>[] = [];

  for (let sent = 0; sent < rate * seconds; sent += 1) {
    const dueAt = startedAt + (sent * 1_000) / rate;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    answers.push(ask(url, agent).then(() => performance.now() - dueAt));
  }
  const latencies = await Promise.all(answers);
  agent.destroy();
  return latencies;
};

const ask = (url: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const body = nextBody();
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const call = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        text.includes('"PasswordResetRequested"') ? resolve() : reject(new Error(text)),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
