import { silentLog } from '@latchkey/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { compareSettings, differingSettings } from '../src/index.ts';
import { backend, startTestMongo, type TestMongo } from './support/backend.ts';

const HALF_HOUR = { RESET_LINK_TTL: 1_800_000, QUEUE_PREFIX: '{latchkey}' };

describe(`what both apps were started with, on ${backend}`, () => {
  let running: TestMongo;
  let said: string[];
  beforeAll(async () => {
    running = await startTestMongo();
  });
  beforeEach(async () => {
    await hostCollection(running.connection, 'latchkey_settings').deleteMany({});
    said = [];
  });
  afterAll(() => running?.stop());

  const start = (app: 'api' | 'worker', settings: Record<string, string | number>) =>
    compareSettings({
      connection: running.connection,
      app,
      settings,
      clock: { now: () => new Date() },
      log: { ...silentLog, warn: (...line: unknown[]) => void said.push(String(line[1])) },
    });

  it('is compared by whoever starts second, and named without its values', async () => {
    await start('api', HALF_HOUR);
    expect(said).toEqual([]);

    await start('worker', { ...HALF_HOUR, RESET_LINK_TTL: 600_000 });
    expect(said).toEqual([expect.stringMatching(/^RESET_LINK_TTL differs between api and worker/)]);
    expect(said.join()).not.toContain('600');
    expect(await differingSettings(running.connection)).toEqual(['RESET_LINK_TTL']);
  });

  it('is what each was started with last', async () => {
    await start('api', HALF_HOUR);
    await start('worker', { ...HALF_HOUR, QUEUE_PREFIX: '{other}' });
    said = [];

    await start('worker', HALF_HOUR);
    expect(said).toEqual([]);
    expect(await differingSettings(running.connection)).toEqual([]);
  });

  it('counts only where both know it, so that an older version differs in nothing', async () => {
    await start('api', { ...HALF_HOUR, RETENTION: 1 });
    await start('worker', HALF_HOUR);

    expect(said).toEqual([]);
  });

  it('keeps nobody from starting when it cannot be read', async () => {
    const settings = hostCollection(running.connection, 'latchkey_settings');
    await settings.insertOne({ _id: 'worker', values: 'nonsense' });
    await start('api', HALF_HOUR);
    expect(said).toEqual([]);

    const gone = await startTestMongo();
    await gone.stop();
    await compareSettings({
      connection: gone.connection,
      app: 'api',
      settings: HALF_HOUR,
      clock: { now: () => new Date() },
      log: { ...silentLog, warn: (...line: unknown[]) => void said.push(String(line[1])) },
    });
    expect(said).toEqual([expect.stringContaining('could not be compared')]);
  });
});
