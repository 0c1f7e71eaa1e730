import { setTimeout as sleep } from 'node:timers/promises';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsTo, nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const WITHIN_MS = 120_000;
/** Interval and duration of the connection drops, and the number of requests and of resets that start meanwhile. */
const EVERY_MS = 2_000;
const FOR_MS = 12_000;
const STARTED = 100;

const firstOf = (name: string, collection: string) => (command: Document) => command[name] === collection;
const inTransaction = (name: string, collection: string) => (command: Document) =>
  command[name] === collection && command['autocommit'] === false;

const REDEEM = [
  ['the link is looked up', firstOf('find', 'latchkey_tokens')],
  ['the link is reserved', firstOf('findAndModify', 'latchkey_tokens')],
  ['sessions are ended', inTransaction('delete', 'sessions')],
  ['the password is saved', inTransaction('update', 'users')],
  ['the link is redeemed', inTransaction('update', 'latchkey_tokens')],
  ['the reset is committed', (command: Document) => 'commitTransaction' in command],
] as const;
const MAIL = [
  ['the request is claimed', firstOf('findAndModify', 'latchkey_requests')],
  ['the link is minted', inTransaction('insert', 'latchkey_tokens')],
  ['the mail is claimed', firstOf('findAndModify', 'latchkey_deliveries')],
  ['the mail is settled', inTransaction('update', 'latchkey_deliveries')],
] as const;
const WAYS = ['command', 'answer'] as const;

/** Counts how often each text occurs in `values`. */
const counted = (values: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

describe(`all connections to MongoDB dropped and taken again at once, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.stop());

  let people = 0;
  const somebody = async (): Promise<string> => {
    people += 1;
    const email = `somebody${people}@acme.test`;
    await stack.host.addUser(email);
    return email;
  };

  it.for(WAYS.flatMap((lost) => REDEEM.map(([when, fits]) => ({ lost, when, fits }))))(
    'while $when ($lost lost): the reset succeeds, its notice comes once [T-38]',
    async ({ lost, fits }) => {
      const email = await somebody();
      await stack.client.request({ email });
      const token = tokenOf(await nextLink(stack.inbox, email));

      const dropped = stack.mongo.api.dropAround(lost, fits);
      const { result } = await stack.client.reset({ token, newPassword: 'a phrase that stays' });

      expect(result).toMatchObject({ __typename: 'PasswordReset' });
      await dropped;
      await nextNotice(stack.inbox, email, WITHIN_MS);
      await settled(stack.host, WITHIN_MS);
      expect(mailsTo(stack.inbox, email).notices).toHaveLength(1);
    },
  );

  it.for(WAYS.flatMap((lost) => MAIL.map(([when, fits]) => ({ lost, when, fits }))))(
    'while $when ($lost lost): the link comes once [T-38]',
    async ({ lost, fits }) => {
      const email = await somebody();
      const dropped = stack.mongo.worker.dropAround(lost, fits);
      await stack.client.request({ email });

      await nextLink(stack.inbox, email, { timeoutMs: WITHIN_MS });
      await dropped;
      await settled(stack.host, WITHIN_MS);
      expect(mailsTo(stack.inbox, email).links).toHaveLength(1);
    },
  );

  it(`every ${EVERY_MS / 1000} s for ${FOR_MS / 1000} s: every request is accepted, every reset succeeds, no mail comes twice`, async () => {
    const { client, host, inbox, mongo } = stack;
    const resetting = await host.addUsers('resetting', STARTED);
    const asking = await host.addUsers('asking', STARTED);
    await Promise.all(resetting.map((email) => client.request({ email })));
    await settled(host, WITHIN_MS);
    const tokens = resetting.map((email) => mailsTo(inbox, email).links.map(tokenOf)[0] ?? '');

    const spread = <T, R>(all: readonly T[], start: (one: T) => Promise<R>): Promise<R[]> =>
      Promise.all(
        all.map(async (one, index) => {
          await sleep((index * FOR_MS) / all.length);
          return start(one);
        }),
      );
    const drops = setInterval(() => {
      mongo.api.drop();
      mongo.worker.drop();
    }, EVERY_MS);
    const [resets, requests] = await Promise.all([
      spread(tokens, (token) => client.reset({ token, newPassword: 'a phrase that stays' })),
      spread(asking, (email) => client.request({ email })),
    ]).finally(() => clearInterval(drops));

    expect({
      resets: counted(resets.map(({ result }) => result.code ?? result.__typename)),
      requests: counted(requests.map(({ result }) => result.code ?? result.__typename)),
    }).toEqual({
      resets: { PasswordReset: STARTED },
      requests: { PasswordResetRequested: STARTED },
    });
    await until(
      'every notice and every link',
      () =>
        resetting.every((email) => mailsTo(inbox, email).notices.length > 0) &&
        asking.every((email) => mailsTo(inbox, email).links.length > 0),
      WITHIN_MS,
    );
    await settled(host, WITHIN_MS);
    expect({
      notices: counted(resetting.map((email) => `${mailsTo(inbox, email).notices.length} each`)),
      links: counted(asking.map((email) => `${mailsTo(inbox, email).links.length} each`)),
    }).toEqual({ notices: { '1 each': STARTED }, links: { '1 each': STARTED } });
  });
});
