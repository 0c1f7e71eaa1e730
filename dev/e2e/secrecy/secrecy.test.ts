import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../harness/stack.ts';
import {
  type Controls,
  plantInLog,
  plantInMongo,
  plantInRedis,
  removeFromMongo,
  removeFromRedis,
} from './controls.ts';
import { rebuildLinks } from './rebuild-links.ts';
import { search } from './search.ts';
import { addresses, forbiddenSecrets, liveThroughEverything, unfinishedTokens } from './story.ts';
import { type MongoWatch, readMongo, watchMongo } from './watch-mongo.ts';
import { joined, type RedisWatch, readRedis, watchRedis } from './watch-redis.ts';

const NOTHING: readonly Buffer[] = [];
const inLog = { api: plantInLog('api'), worker: plantInLog('worker') };

describe(`what is written down anywhere, with every log level on, ${onMongo()}`, () => {
  let stack: Stack;
  let redis: Redis;
  let commands: RedisWatch;
  let documents: MongoWatch;
  let inRedis: Controls;
  let inMongo: Controls;
  /** Every key and every value of Redis, read again and again. */
  const values = new Set<string>();
  /** The data taken at each moment. Links are rebuilt from it later, because that takes longer than a mail may wait. */
  const taken = { whileSending: NOTHING, afterDelivery: NOTHING, whileUnfinished: NOTHING };
  const rebuilt = (dumps: readonly Buffer[]) => rebuildLinks({ dumps, keys: keys() });
  let tokenBeingSent = '';
  let answers: readonly string[] = [];

  const logs = (): Buffer =>
    Buffer.from([stack.api, ...stack.workers].flatMap((app) => app.lines()).join('\n'));
  const keys = (): readonly Buffer[] =>
    [stack.env.worker['RESET_TOKEN_KEYS']?.split(':')[1], stack.env.worker['IDENTIFIER_HMAC_KEY']].map(
      (text) => Buffer.from(text ?? '', 'base64'),
    );
  /** Everything that an attacker could take at this moment. */
  const takeEverything = async (): Promise<readonly Buffer[]> => [
    Buffer.from((await readMongo(stack.host.db)).join('\n')),
    joined(await readRedis(redis)),
    await commands.commands(),
    logs(),
  ];

  let reading = true;
  const readValues = async (): Promise<void> => {
    while (reading) {
      for (const part of await readRedis(redis)) values.add(part.toString('latin1'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  let readingValues: Promise<void> | undefined;

  beforeAll(async () => {
    stack = await startStack({
      both: { LOG_LEVEL: 'trace' },
      api: { NODE_OPTIONS: inLog.api.nodeOptions },
      worker: { NODE_OPTIONS: inLog.worker.nodeOptions, RECONCILE_AFTER: '1s' },
      beforeApps: async (engines) => {
        commands = await watchRedis(engines.redis.url);
        redis = new Redis(engines.redis.url);
        inRedis = await plantInRedis(redis);
        inMongo = await plantInMongo(engines.host.db);
        documents = watchMongo(engines.host.db);
        readingValues = readValues();
        // The error is reported where the promise is awaited. Without this handler it would end the whole test run.
        readingValues.catch(() => {});
        await until('the controls were seen', () => documents.rounds > 1 && values.size > 0);
        await removeFromRedis(redis);
        await removeFromMongo(engines.host.db);
      },
    });

    answers = await liveThroughEverything(stack, {
      whileSending: async (token) => {
        tokenBeingSent = token;
        taken.whileSending = await takeEverything();
      },
      afterDelivery: async () => {
        taken.afterDelivery = await takeEverything();
      },
      whileUnfinished: async () => {
        taken.whileUnfinished = await takeEverything();
      },
    });
    reading = false;
    await readingValues;
    await documents.stop();
  });

  afterAll(async () => {
    reading = false;
    await readingValues?.catch(() => {});
    await documents?.stop().catch(() => {});
    await commands?.stop();
    redis?.disconnect();
    await stack?.stop();
  });

  const redisValues = (): Buffer => joined([...values].map((value) => Buffer.from(value, 'latin1')));
  const names = (findings: readonly { secret: string }[]): readonly string[] => [
    ...new Set(findings.map(({ secret }) => secret)),
  ];

  it('is searched well enough to find every control value in every place [T-14]', async () => {
    const expected = (controls: Controls) => controls.secrets.map(({ name }) => name);

    expect(names(search(await commands.commands(), inRedis.secrets))).toEqual(expected(inRedis));
    expect(names(search(redisValues(), inRedis.secrets))).toEqual(expected(inRedis));
    expect(names(search(documents.seen(), inMongo.secrets))).toEqual(expected(inMongo));
    for (const controls of Object.values(inLog)) {
      expect(names(search(logs(), controls.secrets))).toEqual(expected(controls));
    }
    expect(inRedis.count).toBeGreaterThan(100);
  });

  it('tells of jobs that failed, a link that the relay refused and a worker that was killed', async () => {
    const text = (await commands.commands()).toString('latin1');
    expect(text).toContain('failedReason');
    expect(logs().toString()).toContain('"queue.failed"');
    expect(logs().toString()).toContain('"class":"permanent"');
    expect((await stack.workers[0]?.exited)?.signal).toBe('SIGKILL');
  });

  it('is no raw token, no password and no address in Redis [T-14]', async () => {
    const secrets = [...forbiddenSecrets(stack), ...addresses()];
    expect(secrets.length).toBeGreaterThan(25);
    expect(search(await commands.commands(), secrets)).toEqual([]);
    expect(search(redisValues(), secrets)).toEqual([]);
  });

  it('is no raw token and no password in any document at any time [T-14]', () => {
    expect(documents.rounds).toBeGreaterThan(50);
    expect(search(documents.seen(), forbiddenSecrets(stack))).toEqual([]);
  });

  it('is no raw token, no password and no address in any log line [T-14]', () => {
    expect(search(logs(), [...forbiddenSecrets(stack), ...addresses()])).toEqual([]);
  });

  it('is no raw token, no password and no address in a metric, or in an answer to a malformed request [T-14]', async () => {
    const metricsText = await Promise.all(
      [stack.api, stack.workers.at(-1)].map(async (app) => (await fetch(app?.metricsUrl ?? '')).text()),
    );
    expect(metricsText.join()).toContain('latchkey_api_outcomes_total');
    expect(answers.filter((answer) => answer !== '').length).toBeGreaterThan(40);
    expect(
      search(Buffer.from([...metricsText, ...answers].join('\n')), [
        ...forbiddenSecrets(stack),
        ...addresses(),
      ]),
    ).toEqual([]);
  });

  it("is no address in Latchkey's own rows once they are settled", async () => {
    const rows = (await readMongo(stack.host.db)).filter(
      (line) => line.startsWith('latchkey_') && !line.includes('"dueAt"'),
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(search(Buffer.from(rows.join('\n')), addresses())).toEqual([]);
  });

  it('rebuilds a link, together with the key, while its mail is being sent [T-40]', () => {
    expect(rebuilt(taken.whileSending)).toEqual([tokenBeingSent]);
  });

  it('rebuilds no link, together with the keys, once the deliveries have ended [T-40]', () => {
    expect(taken.afterDelivery).toHaveLength(4);
    expect(rebuilt(taken.afterDelivery)).toEqual([]);
  });

  it('rebuilds, when a worker was killed while sending, what it left unfinished and nothing else', () => {
    expect(rebuilt(taken.whileUnfinished)).toEqual(unfinishedTokens(stack));
  });
});
