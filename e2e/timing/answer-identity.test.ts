import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestRow } from '../harness/rows.ts';
import { onMongo, type Stack, startStack } from '../harness/stack.ts';
import { type KeepAliveClient, openKeepAliveClient } from './keep-alive-client.ts';

/** All equally long, since an answer may well depend on the question. */
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

/** The whole answer as it came over the wire, but for the date and the reference. */
const comparable = (text: string): string =>
  text.replace(/^date: .*\r\n/im, '').replace(REFERENCE, 'R-????-????');

describe(`the answer to a request, byte for byte, ${onMongo()}`, () => {
  let stack: Stack;
  let client: KeepAliveClient;
  const answers = new Map<string, { text: string; reference: string }>();

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
    await host.addUser(ACCOUNTS['a member'].email);
    await host.addUser(ACCOUNTS['a disabled account'].email, { disabled: true });
    await host.addUser(ACCOUNTS['an unverified account'].email, { verified: false });
    await host.addUser(ACCOUNTS['an account without a password'].email, { passwordHash: undefined });
    await host.addUser(ACCOUNTS['an account with a foreign hash'].email, {
      passwordHash: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g',
    });
    await host.addUser(ACCOUNTS['an account over its limit'].email);

    for (const email of [
      ACCOUNTS['an account over its limit'].email,
      ACCOUNTS['a stranger over the limit'].email,
    ]) {
      const references = [
        (await ask(email)).reference,
        (await ask(email)).reference,
        (await ask(email)).reference,
      ];
      for (const reference of references) {
        await requestRow(host, reference, ({ state }) => state === 'minted' || state === 'no_account');
      }
    }
    for (const [who, { email }] of Object.entries(ACCOUNTS)) answers.set(who, await ask(email));
  });
  afterAll(async () => {
    client?.close();
    await stack?.stop();
  });

  it('was about accounts that end differently', async () => {
    for (const [who, { ends }] of Object.entries(ACCOUNTS)) {
      const row = await requestRow(
        stack.host,
        answers.get(who)?.reference ?? '',
        ({ state }) => state !== 'accepted' && state !== 'claimed',
      );
      expect(row['state'], who).toBe(ends);
      expect(row['overLimit'], who).toBe(who.includes('over'));
    }
  });

  for (const who of Object.keys(ACCOUNTS)) {
    it(`is the same for ${who}`, () => {
      const [text, member] = [answers.get(who)?.text ?? '', answers.get('a member')?.text ?? ''];
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).toContain('"__typename":"PasswordResetRequested"');
      expect(comparable(text)).toBe(comparable(member));
    });
  }

  it('differs in the reference, which is new every time', async () => {
    const references = [...answers.values()].map(({ reference }) => reference);
    expect(new Set(references).size).toBe(Object.keys(ACCOUNTS).length);
    expect((await ask(ACCOUNTS['a member'].email)).reference).not.toBe(answers.get('a member')?.reference);
  });
});
