import { readMetric, timesWithoutRedis } from '@latchkey/test-kit/metrics';
import { onMongo } from '@latchkey/test-kit/mongo';
import { compareSync } from 'bcryptjs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OLD_PASSWORD } from '../harness/host.ts';
import { mailsTo, nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { requestRow, settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const NEW_PASSWORD = 'ein ganz neuer Satz 9';

describe(`the whole flow over built processes, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ api: { LIMIT_REQUEST_PER_ACCOUNT: '3/1h' } });
  });
  afterAll(() => stack?.stop());

  it('takes a user from the request to a new password and ends every session', async () => {
    const { client, host, inbox } = stack;
    const userId = await host.addUser('ada@acme.test', { name: 'Ada', plan: { seats: 3 } });
    await host.addSession(userId);
    await host.addSession(userId);

    const requested = await client.request({ email: 'ada@acme.test' });
    expect(requested.result).toEqual({
      __typename: 'PasswordResetRequested',
      reference: expect.stringMatching(/^R-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/),
      expiresInSeconds: 1800,
    });
    const token = tokenOf(await nextLink(inbox, 'ada@acme.test'));
    expect(await client.check(token)).toBe('VALID');

    const rejected = await client.reset({ token, newPassword: 'password' });
    expect(rejected.result).toMatchObject({
      __typename: 'PasswordRejectedError',
      reasons: [{ rule: 'COMMON' }],
    });

    const reset = await client.reset({ token, newPassword: NEW_PASSWORD });
    expect(reset.result).toEqual({
      __typename: 'PasswordReset',
      reference: requested.result.reference,
      sessionsRevoked: 2,
    });
    expect(await host.sessionCount()).toBe(0);

    const user = await host.user('ada@acme.test');
    expect(compareSync(NEW_PASSWORD, user?.['passwordHash'])).toBe(true);
    expect(compareSync(OLD_PASSWORD, user?.['passwordHash'])).toBe(false);
    expect(user).toMatchObject({ _id: userId, name: 'Ada', plan: { seats: 3 }, locale: 'en' });
    expect(user?.['credentialsChangedAt']).toBeInstanceOf(Date);

    await nextNotice(inbox, 'ada@acme.test');
    expect((await client.reset({ token, newPassword: NEW_PASSWORD })).result.code).toBe('INVALID_TOKEN');
    expect(await client.check(token)).toBe('INVALID');
  });

  it('writes in the language of the account', async () => {
    const { client, host, inbox } = stack;
    await host.addUser('bruno@acme.test', { locale: 'de' });

    await client.request({ email: 'bruno@acme.test' });

    expect((await nextLink(inbox, 'bruno@acme.test')).html).toMatch(/<html[^>]* lang="de"/);
  });

  it('answers members, strangers, disabled and over-limit accounts alike but for the reference [T-01]', async () => {
    const { client, host, inbox } = stack;
    await host.addUser('member@acme.test');
    await host.addUser('off@acme.test', { disabled: true });
    await host.addUser('often@acme.test');
    for (let time = 0; time < 3; time += 1) await client.request({ email: 'often@acme.test' });
    await settled(host);
    const before = mailsTo(inbox, 'often@acme.test').links.length;

    const emails = ['member@acme.test', 'nobody@acme.test', 'off@acme.test', 'often@acme.test'];
    const answers = await Promise.all(emails.map((email) => client.request({ email })));

    const shown = answers.map(({ status, headers, text, result }) => {
      const fields = Object.fromEntries(headers);
      delete fields['date'];
      return JSON.stringify([status, fields, text.replace(result.reference ?? '', 'R')]);
    });
    expect(new Set(shown).size, shown.join('\n')).toBe(1);

    // The worker makes the difference afterwards.
    const states = await Promise.all(
      answers.map(({ result }) =>
        requestRow(host, result.reference ?? '', ({ state }) => state !== 'accepted' && state !== 'claimed'),
      ),
    );
    expect(states.map(({ state }) => state)).toEqual(['minted', 'no_account', 'ineligible', 'over_limit']);
    await nextLink(inbox, 'member@acme.test');
    await settled(host);
    expect(mailsTo(inbox, 'off@acme.test').links).toEqual([]);
    expect(mailsTo(inbox, 'often@acme.test').links).toHaveLength(before);
    for (const email of emails) expect(mailsTo(inbox, email).notices, email).toEqual([]);
  });

  it('answers, and enqueues, only when the row is written', async () => {
    const { client, mongo, redis } = stack;
    const inserting = mongo.api.hold((command) => command['insert'] === 'latchkey_requests');
    let answered = false;
    const asking = client.request({ email: 'patient@acme.test' }).finally(() => {
      answered = true;
    });

    const command = await inserting.arrived;
    // If the api did not wait for the row, it would answer before all of these calls have ended.
    for (let time = 0; time < 10; time += 1) await client.execute('{ passwordPolicy { minLength } }', {});
    expect(answered).toBe(false);
    const queue = new Redis(redis.url);
    expect(await queue.keys(`*${command['documents'][0]._id}*`)).toEqual([]);
    queue.disconnect();

    inserting.release();
    expect((await asking).result.__typename).toBe('PasswordResetRequested');
  });

  it('is driven by the queue: the reconciler, which comes 15 s late, has next to nothing to do', async () => {
    const { api, client, host, inbox, workers } = stack;
    const MAILS = 10;
    const recovered = () =>
      readMetric(workers[0]?.metricsUrl ?? '', 'latchkey_reconciler_recovered_total', {
        reason: 'job_lost',
      });
    const emails = await host.addUsers('queued', MAILS);
    const [foundBefore, missedBefore] = [await recovered(), await timesWithoutRedis(api)];

    for (const email of emails) await client.request({ email });
    for (const email of emails) await nextLink(inbox, email);

    // A machine that stalls for 250 ms may lose a job: that of a request, which the API counts, or that of its mail.
    const missed = (await timesWithoutRedis(api)) - missedBefore;
    expect((await recovered()) - foundBefore - missed).toBeLessThan(MAILS / 2);
  });
});
