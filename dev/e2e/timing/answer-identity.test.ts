import { timesWithoutRedis } from '@latchkey/test-kit/metrics';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import type { Document } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../harness/host.ts';
import { requestRow } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';
import { type RedisWatch, watchRedis } from '../secrecy/watch-redis.ts';
import { type KeepAliveClient, openKeepAliveClient } from './keep-alive-client.ts';

/** All addresses have the same length, because the length of an answer may depend on that of the request. */
const ACCOUNTS = {
  'a member': { email: 'member0001@acme.test', ends: 'minted' },
  'a stranger': { email: 'stranger01@acme.test', ends: 'no_account' },
  'a disabled account': { email: 'disabled01@acme.test', ends: 'ineligible' },
  'an unverified account': { email: 'unverified@acme.test', ends: 'minted' },
  'an account without a password': { email: 'single-so1@acme.test', ends: 'ineligible' },
  'an account with a foreign hash': { email: 'argonaut01@acme.test', ends: 'ineligible' },
  'an account over its limit': { email: 'overlimit1@acme.test', ends: 'over_limit' },
  'a stranger over the limit': { email: 'overlimit2@acme.test', ends: 'no_account' },
} as const;

const REFERENCE = /R-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}/g;

/** The whole answer as received, except the date and the reference. */
const comparable = (text: string): string =>
  text.replace(/^date: .*\r\n/im, '').replace(REFERENCE, 'R-????-????');

const isDecided = ({ state }: Document): boolean => state !== 'accepted' && state !== 'claimed';

const addAccounts = async (host: Host): Promise<void> => {
  await host.addUser(ACCOUNTS['a member'].email);
  await host.addUser(ACCOUNTS['a disabled account'].email, { disabled: true });
  await host.addUser(ACCOUNTS['an unverified account'].email, { verified: false });
  await host.addUser(ACCOUNTS['an account without a password'].email, { passwordHash: undefined });
  await host.addUser(ACCOUNTS['an account with a foreign hash'].email, {
    passwordHash: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g',
  });
  await host.addUser(ACCOUNTS['an account over its limit'].email);
};

describe(`the answer to a request, byte for byte, ${onMongo()}`, () => {
  let stack: Stack;
  let client: KeepAliveClient;
  const answers = new Map<string, { text: string; reference: string }>();
  /** The answer to one more member: what all others are compared with. */
  let expected = { text: '', reference: '' };

  const ask = async (email: string): Promise<{ text: string; reference: string }> => {
    const { text } = await client.request(email);
    const [reference = '', ...more] = text.match(REFERENCE) ?? [];
    expect(more).toEqual([]);
    return { text, reference };
  };

  beforeAll(async () => {
    stack = await startStack({ api: { LIMIT_REQUEST_PER_ACCOUNT: '3/1h' } });
    client = await openKeepAliveClient(stack.api.url);
    const { host } = stack;
    await addAccounts(host);
    await host.addUser('member0000@acme.test');
    expected = await ask('member0000@acme.test');

    for (const [who, { email }] of Object.entries(ACCOUNTS)) {
      let answer = await ask(email);
      // Requests are repeated until one is over the limit: the fourth, or a later one if Redis did not count during a stall.
      for (let time = 0; who.includes('over') && time < 10; time += 1) {
        const row = await requestRow(host, answer.reference, isDecided);
        if (row['overLimit'] === true) break;
        answer = await ask(email);
      }
      answers.set(who, answer);
    }
  });
  afterAll(async () => {
    client?.close();
    await stack?.stop();
  });

  it('is that of requests which end differently', async () => {
    expect(await requestRow(stack.host, expected.reference, isDecided)).toMatchObject({ state: 'minted' });
    for (const [who, { ends }] of Object.entries(ACCOUNTS)) {
      const row = await requestRow(stack.host, answers.get(who)?.reference ?? '', isDecided);
      expect(row['state'], who).toBe(ends);
      expect(row['overLimit'], who).toBe(who.includes('over'));
    }
  });

  for (const who of Object.keys(ACCOUNTS)) {
    it(`is the same for ${who}`, () => {
      const text = answers.get(who)?.text ?? '';
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).toContain('"__typename":"PasswordResetRequested"');
      expect(comparable(text)).toBe(comparable(expected.text));
    });
  }

  it('differs in the reference, which is new every time', async () => {
    const references = [...answers.values()].map(({ reference }) => reference);
    expect(new Set([...references, expected.reference]).size).toBe(Object.keys(ACCOUNTS).length + 1);
    expect((await ask(ACCOUNTS['a member'].email)).reference).not.toBe(answers.get('a member')?.reference);
  });
});

/** A command without its values: for MongoDB with the names of the written fields, for Redis with the number of arguments. */
const mongoShape = (command: Document): string => {
  const [verb = '', collection] = Object.entries(command)[0] ?? [];
  const written: readonly Document[] = command['documents'] ?? [];
  return `${verb} ${collection}: ${written.map((row) => Object.keys(row).join(' ')).join('; ')}`;
};
const redisShape = (line: string): string => {
  const [, from = '', verb = '', rest = ''] = /^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"(.*)$/.exec(line) ?? [];
  return `${from === 'lua' ? 'script ' : ''}${verb.toLowerCase()} ${rest.match(/"(?:[^"\\]|\\.)*"/g)?.length ?? 0}`;
};

describe(`the work behind an answer, ${onMongo()}`, () => {
  let stack: Stack;
  let watch: RedisWatch;
  const work = new Map<string, readonly string[]>();
  /** Behind the answer to one more member: what all others are compared with. */
  let expected: readonly string[] = [];
  beforeAll(async () => {
    // Without a worker, every command comes from the api.
    stack = await startStack({
      workers: 0,
      api: { LIMIT_REQUEST_PER_NETWORK: '100000/1h', LIMIT_REQUEST_PER_ACCOUNT: '3/1h' },
    });
    const { api, client, host, mongo, redis } = stack;
    await addAccounts(host);
    watch = await watchRedis(redis.url);
    const toMongo: string[] = [];
    mongo.api.watch((command) => toMongo.push(mongoShape(command)));

    const workBehind = (email: string): Promise<readonly string[]> =>
      until('a request while Redis is asked', async () => {
        const missedBefore = await timesWithoutRedis(api);
        const [mongoBefore, redisBefore] = [toMongo.length, (await watch.lines()).length];
        await client.request({ email });
        const toRedis = (await watch.lines()).slice(redisBefore).map(redisShape);
        // During a stall of the machine the api works without Redis and does less, for every account. Such a request is repeated.
        if ((await timesWithoutRedis(api)) > missedBefore) return undefined;
        return [...toMongo.slice(mongoBefore), ...toRedis.filter((shape) => !shape.startsWith('echo'))];
      });

    // The first requests load scripts into Redis, so they do not count.
    for (const email of ['before0001@acme.test', 'before0002@acme.test']) await workBehind(email);
    await host.addUser('member0000@acme.test');
    expected = await workBehind('member0000@acme.test');
    for (const [who, { email }] of Object.entries(ACCOUNTS)) {
      for (let time = 0; who.includes('over') && time < 3; time += 1) await client.request({ email });
      work.set(who, await workBehind(email));
    }
  });
  afterAll(async () => {
    await watch?.stop();
    await stack?.stop();
  });

  it('is one insert into the requests and nothing else that MongoDB hears of [T-03]', () => {
    for (const [who, commands] of work)
      expect(
        commands.filter((shape) => shape.includes(': ')),
        who,
      ).toEqual([expect.stringMatching(/^insert latchkey_requests: _id /)]);
  });

  for (const who of Object.keys(ACCOUNTS)) {
    it(`is the same, command by command, for ${who}`, () => {
      expect(work.get(who)?.length).toBeGreaterThan(10);
      expect(work.get(who)).toEqual(expected);
    });
  }
});
