import { logged } from '@latchkey/test-kit/app-log';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OLD_PASSWORD } from '../harness/host.ts';
import { mailsTo, nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { requestRow, settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const NEW_PASSWORD = 'ein ganz neuer Satz 9';
const ARGON2 = '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b3dWRWJTmaaJObG';

describe(`hosts as they are, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      seed: async (host) => {
        await host.addUser('Upper@acme.test');
        await host.addUser(' spaced@acme.test');
        await host.addUser('foreign@acme.test', { passwordHash: ARGON2 });
        await host.addUser('without@acme.test', { passwordHash: undefined });
      },
    });
    // It counts those users; what tests add comes afterwards.
    await until('the report', () => reports().length > 0);
  });
  afterAll(() => stack?.stop());

  const reports = () => stack.workers.flatMap((worker) => logged(worker, 'host.inspected'));
  const expectNoMailTo = async (email: string): Promise<void> => {
    await settled(stack.host);
    expect(stack.inbox.received().filter(({ to }) => to.includes(email))).toEqual([]);
  };
  const ask = async (email: string) => {
    const { result } = await stack.client.request({ email });
    expect(result.__typename).toBe('PasswordResetRequested');
    const reference = result.reference ?? '';
    return {
      reference,
      ended: () =>
        requestRow(stack.host, reference, ({ state }) => state !== 'accepted' && state !== 'claimed'),
    };
  };
  const freshToken = async (email: string): Promise<string> => {
    await stack.client.request({ email });
    return tokenOf(await nextLink(stack.inbox, email));
  };

  it('the worker says at boot whom no typed address reaches, whose hash is foreign, and what to do', () => {
    const [worker = stack.api] = stack.workers;

    expect(reports()[0]).toMatchObject({
      users: 4,
      passwordFormats: { 'bcrypt-2b': 2, argon2: 1, none: 1 },
      addresses: { asStored: 1, unreachable: 1 },
    });
    const advice = logged(worker, 'host.advice').map(({ msg }) => String(msg));
    expect(advice).toContainEqual(expect.stringContaining('store addresses in lower case'));
    expect(advice).toContainEqual(expect.stringContaining('store it as trimmed text'));
    expect(advice).toContainEqual(expect.stringContaining('a password hash that is not bcrypt'));
  });

  it('Bob@Example.com is reached as stored, and the mail goes to him as stored', async () => {
    await stack.host.addUser('Bob@Example.com');

    await ask('  Bob@Example.com ');

    // Domains ignore case (RFC 5321 2.4), and nodemailer writes them in lower case. The local part must keep its case.
    const token = tokenOf(await nextLink(stack.inbox, 'Bob@example.com'));
    const reset = await stack.client.reset({ token, newPassword: NEW_PASSWORD });
    expect(reset.result.__typename).toBe('PasswordReset');
    await nextNotice(stack.inbox, 'Bob@example.com');
  });

  it('ben@example.com reaches nobody while only Ben@Example.com is stored, and is answered alike', async () => {
    await stack.host.addUser('Ben@Example.com');

    const { ended } = await ask('ben@example.com');

    expect(await ended()).toMatchObject({ state: 'no_account' });
    await expectNoMailTo('ben@example.com');
    await expectNoMailTo('Ben@example.com');
  });

  it('an address stored in lower case is reached however its letters were typed', async () => {
    await stack.host.addUser('carla@acme.test');

    await ask('Carla@ACME.test');

    await nextLink(stack.inbox, 'carla@acme.test');
  });

  it('the account whose address was typed exactly gets the link when another one differs in case only', async () => {
    await stack.host.addUser('Dana@acme.test');
    await stack.host.addUser('dana@acme.test');

    await ask('Dana@acme.test');
    await nextLink(stack.inbox, 'Dana@acme.test');
    const { ended } = await ask('DANA@acme.test');

    expect(await ended()).toMatchObject({ state: 'minted' });
    await nextLink(stack.inbox, 'dana@acme.test');
  });

  it('two accounts under one address get nothing', async () => {
    await stack.host.addUser('twin@acme.test');
    await stack.host.addUser('twin@acme.test');

    const { ended } = await ask('twin@acme.test');

    expect(await ended()).toMatchObject({ state: 'ineligible', reason: 'ambiguous_account' });
    await expectNoMailTo('twin@acme.test');
  });

  it('a Kelvin sign is no k', async () => {
    await stack.host.addUser('kim@acme.test');

    const { ended } = await ask('\u212Aim@acme.test');

    expect(await ended()).toMatchObject({ state: 'no_account' });
    await expectNoMailTo('kim@acme.test');
  });

  it('sessions that hold the id as a string end as well [T-33]', async () => {
    const userId = await stack.host.addUser('erin@acme.test');
    const otherId = await stack.host.addUser('other@acme.test');
    await stack.host.addSession(userId);
    await stack.host.addSession(userId.toHexString());
    await stack.host.addSession(otherId);

    const token = await freshToken('erin@acme.test');
    const { result } = await stack.client.reset({ token, newPassword: NEW_PASSWORD });

    expect(result).toMatchObject({ __typename: 'PasswordReset', sessionsRevoked: 2 });
    expect(await stack.host.sessionCount()).toBe(1);
    expect(await stack.host.db.collection('sessions').countDocuments({ userId: otherId })).toBe(1);
  });

  it('a user of single sign-on without a password gets no mail', async () => {
    await stack.host.addUser('sso@acme.test', { passwordHash: undefined });

    const { ended } = await ask('sso@acme.test');

    expect(await ended()).toMatchObject({ state: 'ineligible', reason: 'no_password' });
    await expectNoMailTo('sso@acme.test');
  });

  it('an argon2 hash is left alone and gets no mail', async () => {
    await stack.host.addUser('argon@acme.test', { passwordHash: ARGON2 });

    const { ended } = await ask('argon@acme.test');

    expect(await ended()).toMatchObject({ state: 'ineligible', reason: 'unsupported_hash' });
    await expectNoMailTo('argon@acme.test');
    expect((await stack.host.user('argon@acme.test'))?.['passwordHash']).toBe(ARGON2);
  });

  it('a link dies when the address of its account changes after the mail', async () => {
    await stack.host.addUser('old@acme.test');
    const token = await freshToken('old@acme.test');
    const users = stack.host.db.collection('users');
    await users.updateOne({ email: 'old@acme.test' }, { $set: { email: 'new@acme.test' } });
    const before = await stack.host.user('new@acme.test');

    const { result } = await stack.client.reset({ token, newPassword: NEW_PASSWORD });

    expect(result.code).toBe('INVALID_TOKEN');
    expect(await stack.host.user('new@acme.test')).toEqual(before);
    await users.updateOne({ email: 'new@acme.test' }, { $set: { email: 'old@acme.test' } });
    expect(await stack.client.check(token), 'over for good').toBe('INVALID');
  });

  it.each([
    ['is disabled', { disabled: true }],
    [
      'got another password',
      { passwordHash: '$2b$04$abcdefghijklmnopqrstuuKdCO.KCqzLwGUtvN1BKXUlXRgRZS0Vy' },
    ],
    ['says that its credentials changed', { credentialsChangedAt: new Date(Date.now() + 3_600_000) }],
  ])('a link dies when its account %s', async (_what, change) => {
    const email = `changing-${Object.keys(change)[0]}@acme.test`.toLowerCase();
    await stack.host.addUser(email);
    const token = await freshToken(email);
    await stack.host.db.collection('users').updateOne({ email }, { $set: change });
    const before = await stack.host.user(email);

    const { result } = await stack.client.reset({ token, newPassword: NEW_PASSWORD });

    expect(result.code).toBe('INVALID_TOKEN');
    expect(await stack.host.user(email)).toEqual(before);
  });

  it('a mail that the relay put off is not sent any more once the address has changed', async () => {
    const { host, inbox } = stack;
    await host.addUser('mover@acme.test');
    let refused = 0;
    inbox.behave(({ phase, to }) => {
      if (phase !== 'rcpt' || !to.includes('mover@acme.test')) return undefined;
      refused += 1;
      return { code: 451, message: '4.3.2 later' };
    });

    await ask('mover@acme.test');
    await until('the relay refused once', () => refused > 0);
    await host.db
      .collection('users')
      .updateOne({ email: 'mover@acme.test' }, { $set: { email: 'moved@acme.test' } });
    inbox.behave();

    await until('the delivery was given up', () =>
      host.db
        .collection('latchkey_deliveries')
        .findOne({ maskedTo: 'm***@a***.test', state: 'suppressed' })
        .then((row) => row ?? undefined),
    );
    expect(mailsTo(inbox, 'mover@acme.test').links).toEqual([]);
    expect(mailsTo(inbox, 'moved@acme.test').links).toEqual([]);
  });

  it('the notice goes to the address of the account at the reset, whatever it is changed to next', async () => {
    const { client, host, inbox } = stack;
    await host.addUser('victim@acme.test');
    const token = await freshToken('victim@acme.test');
    let putOff = 0;
    inbox.behave(({ phase, to }) => {
      if (phase !== 'rcpt' || !to.includes('victim@acme.test') || putOff > 0) return undefined;
      putOff += 1;
      return { code: 451, message: '4.3.2 later' };
    });

    await client.reset({ token, newPassword: NEW_PASSWORD });
    await host.db
      .collection('users')
      .updateOne({ email: 'victim@acme.test' }, { $set: { email: 'thief@acme.test' } });

    await nextNotice(inbox, 'victim@acme.test');
    expect(putOff).toBe(1);
    inbox.behave();
  });

  it('the current password is refused as a new one, and the link survives', async () => {
    await stack.host.addUser('same@acme.test');
    const token = await freshToken('same@acme.test');

    const { result } = await stack.client.reset({ token, newPassword: OLD_PASSWORD });

    expect(result).toMatchObject({ code: 'PASSWORD_REJECTED', reasons: [{ rule: 'SAME_AS_CURRENT' }] });
    expect(await stack.client.check(token)).toBe('VALID');
  });
});
