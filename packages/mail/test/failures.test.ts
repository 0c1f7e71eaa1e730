import {
  type Reaction,
  type ScriptedSmtp,
  type Step,
  startScriptedSmtp,
} from '@latchkey/test-kit/scripted-smtp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { composeMail } from '../src/compose-mail.ts';
import { mailerFor, SENDER } from './support/mailers.ts';
import { resetMail } from './support/messages.ts';

// The first mail of a process takes longer than the others, which matters to the short deadlines below.
beforeAll(() => composeMail(resetMail(), SENDER));

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  stops = [];
});

const PIPELINING: Reaction = { reply: '250-test\r\n250-PIPELINING\r\n250 SIZE 1000000' };

const start = async (script: Parameters<typeof startScriptedSmtp>[0]) => {
  const server = await startScriptedSmtp(script);
  stops.push(server.stop);
  return server;
};

const mailer = (server: ScriptedSmtp, options: Parameters<typeof mailerFor>[1] = {}) => {
  const made = mailerFor(server.url, options);
  stops.push(made.close);
  return made;
};

const reply = (text: string): Reaction => ({ reply: text });

describe('a refusal', () => {
  it.each<[Step, string, object]>([
    [
      'greeting',
      '421 4.3.2 busy',
      { class: 'transient', phase: 'greeting', code: 421, enhancedCode: '4.3.2' },
    ],
    [
      'greeting',
      '554 5.7.1 go away',
      { class: 'configuration', phase: 'greeting', code: 554, enhancedCode: '5.7.1' },
    ],
    ['ehlo', '550 5.7.1 helo refused', { class: 'configuration', phase: 'greeting', code: 550 }],
    ['mail', '451 4.3.0 later', { class: 'transient', phase: 'mail', code: 451, enhancedCode: '4.3.0' }],
    [
      'mail',
      '550 5.1.8 bad sender domain',
      { class: 'configuration', phase: 'mail', code: 550, enhancedCode: '5.1.8' },
    ],
    ['rcpt', '450 4.2.1 greylisted', { class: 'transient', phase: 'rcpt', code: 450, enhancedCode: '4.2.1' }],
    [
      'rcpt',
      '550 5.1.1 <bob@example.com> unknown',
      { class: 'permanent', phase: 'rcpt', code: 550, enhancedCode: '5.1.1' },
    ],
    [
      'rcpt',
      '550-5.1.1 no such user\r\n550 5.1.1 really',
      { class: 'permanent', phase: 'rcpt', code: 550, enhancedCode: '5.1.1' },
    ],
    [
      'rcpt',
      '554 5.7.1 Relay access denied',
      { class: 'configuration', phase: 'rcpt', code: 554, enhancedCode: '5.7.1' },
    ],
    [
      'rcpt',
      '550 5.7.0 too many messages, rate limited',
      { class: 'transient', phase: 'rcpt', code: 550, enhancedCode: '5.7.0' },
    ],
    ['rcpt', '550 no such user', { class: 'permanent', phase: 'rcpt', code: 550, enhancedCode: null }],
    ['data', '451 no disk', { class: 'transient', phase: 'data', code: 451, enhancedCode: null }],
    ['data', '554 5.6.0 no', { class: 'permanent', phase: 'data', code: 554, enhancedCode: '5.6.0' }],
    ['dot', '451 4.3.0 later', { class: 'transient', phase: 'message', code: 451, enhancedCode: '4.3.0' }],
    [
      'dot',
      '421 4.3.2 shutting down',
      { class: 'transient', phase: 'message', code: 421, enhancedCode: '4.3.2' },
    ],
    [
      'dot',
      '554 5.6.0 content refused',
      { class: 'permanent', phase: 'message', code: 554, enhancedCode: '5.6.0' },
    ],
  ])('at %s with "%s" is told apart', async (step, text, expected) => {
    const server = await start({ [step]: reply(text) });

    expect(await mailer(server).send(resetMail())).toMatchObject(expected);
  });

  it.each<[Step, string, object]>([
    ['mail', '550 5.1.8 bad sender domain', { class: 'configuration', phase: 'mail' }],
    ['rcpt', '550 5.1.1 unknown', { class: 'permanent', phase: 'rcpt' }],
    ['rcpt', '452 4.2.2 full', { class: 'transient', phase: 'rcpt' }],
    ['dot', '451 4.3.0 later', { class: 'transient', phase: 'message' }],
  ])('at %s with "%s" is told apart when commands are pipelined', async (step, text, expected) => {
    const refusedData = step === 'dot' ? {} : { data: reply('503 5.5.1 no valid recipients') };
    const server = await start({ ehlo: PIPELINING, ...refusedData, [step]: reply(text) });

    expect(await mailer(server).send(resetMail())).toMatchObject(expected);
  });

  it('leaves the connection usable for the next mail', async () => {
    const server = await start({ rcpt: [reply('550 5.1.1 unknown')] });
    const sender = mailer(server, { connections: 1 });

    expect(await sender.send(resetMail())).toMatchObject({ class: 'permanent' });
    expect(await sender.send(resetMail())).toMatchObject({ class: 'accepted', phase: 'done' });
  });

  it("is reported without a word of the server's or the address", async () => {
    const server = await start({ rcpt: reply('550 5.1.1 <bob@example.com>: no such user, secret-hint') });
    const result = await mailer(server).send(resetMail());

    expect(Object.keys(result).sort()).toEqual([
      'class',
      'code',
      'enhancedCode',
      'heldMs',
      'ms',
      'phase',
      'provider',
      'waitedMs',
    ]);
    expect(JSON.stringify(result)).not.toMatch(/bob|secret-hint|no such user/);
  });
});

describe('a lost connection', () => {
  it.each<[Step, object]>([
    ['greeting', { class: 'transient', phase: 'connect', code: null }],
    ['ehlo', { class: 'transient', code: null }],
    ['mail', { class: 'transient', phase: 'mail', code: null }],
    ['rcpt', { class: 'transient', phase: 'mail', code: null }],
    ['data', { class: 'transient', phase: 'mail', code: null }],
  ])('at %s means that nothing was sent', async (step, expected) => {
    const server = await start({ [step]: 'drop' });

    expect(await mailer(server).send(resetMail())).toMatchObject(expected);
    expect(server.bodies).toHaveLength(0);
  });

  it.each([
    ['one by one', {}],
    ['pipelined', { ehlo: PIPELINING }],
  ])(
    'after the final dot means that nobody knows, and the mail is not sent a second time (commands %s)',
    async (_, script) => {
      const server = await start({ ...script, dot: 'drop' });

      expect(await mailer(server).send(resetMail())).toMatchObject({
        class: 'ambiguous',
        phase: 'message',
        code: null,
        enhancedCode: null,
      });
      expect(server.bodies).toHaveLength(1);
    },
  );

  it('after the final dot means the same on a connection that has carried mails before', async () => {
    const server = await start({ dot: [reply('250 ok'), 'drop'] });
    const sender = mailer(server, { connections: 1 });

    expect(await sender.send(resetMail())).toMatchObject({ class: 'accepted' });
    expect(await sender.send(resetMail())).toMatchObject({ class: 'ambiguous', phase: 'message' });
    expect(server.bodies).toHaveLength(2);
  });

  it('costs the next mail no try when the server ended a pooled connection in the meantime', async () => {
    const server = await start({ mail: [reply('250 ok'), 'drop'] });
    const sender = mailer(server, { connections: 1 });

    expect(await sender.send(resetMail())).toMatchObject({ class: 'accepted' });
    expect(await sender.send(resetMail())).toMatchObject({ class: 'accepted' });
    expect(server.bodies).toHaveLength(2);
  });

  it('is told from a connection that was never made, since nobody listens', async () => {
    const server = await start({});
    await server.stop();

    expect(await mailer(server).send(resetMail())).toMatchObject({
      class: 'transient',
      phase: 'connect',
      code: null,
    });
  });
});

describe('a server that stops answering', () => {
  const sendDeadlineMs = 1_000;

  it.concurrent.for<[Step, Reaction, object]>([
    ['greeting', 'silence', { class: 'transient', phase: 'greeting' }],
    ['ehlo', 'silence', { class: 'transient' }],
    ['mail', 'silence', { class: 'transient', phase: 'mail' }],
    ['rcpt', 'silence', { class: 'transient', phase: 'mail' }],
    ['data', 'silence', { class: 'transient', phase: 'mail' }],
    ['dot', 'silence', { class: 'ambiguous', phase: 'message' }],
    // No idle time-out ever sees these: only the deadline ends them.
    ['ehlo', 'trickle', { class: 'transient' }],
    ['mail', 'trickle', { class: 'transient', phase: 'mail' }],
    ['rcpt', 'trickle', { class: 'transient', phase: 'mail' }],
    ['dot', 'trickle', { class: 'ambiguous', phase: 'message' }],
  ])('at %s (%s) is given up on', async ([step, reaction, expected], { expect, onTestFinished }) => {
    const server = await startScriptedSmtp({ [step]: reaction });
    const sender = mailerFor(server.url, { sendDeadlineMs });
    onTestFinished(() => sender.close().then(server.stop));

    expect(await sender.send(resetMail())).toMatchObject({ ...expected, code: null });
  });

  it('holds up those that wait behind it no longer than their own deadline', async () => {
    const server = await start({ dot: 'trickle' });
    const sender = mailer(server, { sendDeadlineMs, connections: 1 });

    const results = await Promise.all([sender.send(resetMail()), sender.send(resetMail())]);

    expect(results.map((result) => result.class)).toEqual(['ambiguous', 'transient']);
    expect(server.bodies).toHaveLength(1);
  });

  /** For servers that do answer: some hundred milliseconds lie between their answer and the next time-out, a share of this. */
  const longDeadlineMs = 4_000;

  it('gets no second mail when its answer comes so late that the verdict on that mail could not be waited for', async () => {
    const server = await start({ dot: { reply: '250 2.0.0 queued', afterMs: 2_300 } });
    const sender = mailer(server, { sendDeadlineMs: longDeadlineMs, connections: 1 });

    const results = await Promise.all([sender.send(resetMail()), sender.send(resetMail())]);

    expect(results).toMatchObject([{ class: 'accepted' }, { class: 'transient', phase: 'connect' }]);
    expect(server.bodies).toHaveLength(1);
  });

  it('gets the mail after all when it greets before the deadline', async () => {
    const server = await start({
      greeting: { reply: '220 test ready', afterMs: 1_100 },
      ehlo: { reply: '250-test\r\n250 SIZE 1000000', afterMs: 1_100 },
    });

    const sender = mailer(server, { sendDeadlineMs: longDeadlineMs });

    expect(await sender.send(resetMail())).toMatchObject({ class: 'accepted' });
  });
});

describe('verify', () => {
  it('says yes without sending anything', async () => {
    const server = await start({});

    expect(await mailer(server).verify()).toEqual({ ok: true });
    expect(server.bodies).toHaveLength(0);
  });

  it.each<[Step, Reaction, object]>([
    ['greeting', { reply: '554 no' }, { ok: false, class: 'configuration', code: 554 }],
    ['greeting', { reply: '421 busy' }, { ok: false, class: 'transient', code: 421 }],
    ['greeting', 'drop', { ok: false, class: 'transient', code: null }],
    ['greeting', 'silence', { ok: false, class: 'transient', code: null }],
    ['ehlo', 'trickle', { ok: false, class: 'transient', code: null }],
  ])('says no when %s ends with %o', async (step, reaction, expected) => {
    const server = await start({ [step]: reaction });

    expect(await mailer(server, { sendDeadlineMs: 300 }).verify()).toEqual(expected);
  });
});

describe('close', () => {
  it('lets the sends that run finish, and takes no more', async () => {
    const server = await start({});
    const sender = mailerFor(server.url);

    const sending = sender.send(resetMail());
    await sender.close();

    expect(await sending).toMatchObject({ class: 'accepted' });
    expect(await sender.send(resetMail())).toMatchObject({ class: 'transient', phase: 'connect' });
    expect(server.bodies).toHaveLength(1);
  });

  it('may be called twice, and before anything was sent', async () => {
    const server = await start({});
    const sender = mailerFor(server.url);

    await sender.close();
    await sender.close();
  });
});
