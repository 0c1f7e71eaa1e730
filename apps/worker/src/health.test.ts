import { UnavailableError } from '@latchkey/password-reset';
import { describe, expect, it } from 'vitest';
import { createWorkerHealth, type WorkerHealthDeps } from './health.ts';

const away = () => Promise.reject(new UnavailableError('away'));
const healthy: WorkerHealthDeps = {
  pingMongo: async () => {},
  producer: { ping: async () => {} },
  consumes: () => true,
  missingKeys: { kids: () => [] },
};

describe('worker health', () => {
  it('is ready when the engines answer and both queues are consumed', async () => {
    expect((await createWorkerHealth(healthy).ready()).status).toBe('ok');
  });

  it.each<[string, Partial<WorkerHealthDeps>]>([
    ['mongo', { pingMongo: away }],
    ['redis', { producer: { ping: away } }],
    ['mail-deliveries', { consumes: (queue) => queue !== 'mail-deliveries' }],
    ['reset-requests', { consumes: (queue) => queue !== 'reset-requests' }],
    ['token-keys', { missingKeys: { kids: () => ['k1'] } }],
  ])('is not ready, and names %s, when that is what is wrong', async (name, wrong) => {
    const { status, checks } = await createWorkerHealth({ ...healthy, ...wrong }).ready();

    expect(status).toBe('unavailable');
    expect(Object.entries(checks).filter(([, state]) => state !== 'ok')).toEqual([[name, 'unavailable']]);
  });
});
