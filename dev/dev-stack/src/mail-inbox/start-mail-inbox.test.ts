import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SmtpVerdict } from '../smtp/index.ts';
import { type MailInbox, startMailInbox } from './start-mail-inbox.ts';

const MAIL = [
  'From: =?utf-8?Q?Acme?= <no-reply@acme.test>',
  'To: ada@acme.test',
  'Subject: Reset',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Open http://127.0.0.1:1/reset-password#token=abc',
  '.a line that begins with a dot',
  '',
].join('\r\n');

/** Sends SMTP commands over a plain socket. Resolves with all replies of the server. */
const speak = async (inbox: MailInbox, commands: readonly string[]): Promise<readonly string[]> => {
  const socket = connect(inbox.smtpPort, '127.0.0.1');
  socket.setEncoding('utf8');
  const replies: string[] = [];
  const queue = [...commands];
  let rest = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (/^\d{3}-/.test(line)) continue;
      replies.push(line);
      const next = queue.shift();
      if (next === undefined) socket.end();
      else socket.write(`${next}\r\n`);
    }
  });
  await once(socket, 'close');
  return replies;
};

const dotStuffed = `${MAIL.replace(/^\./gm, '..')}.`;
const DIALOGUE = [
  'EHLO test',
  'MAIL FROM:<no-reply@acme.test>',
  'RCPT TO:<ada@acme.test>',
  'DATA',
  dotStuffed,
  'QUIT',
];
const codes = (replies: readonly string[]) => replies.map((line) => line.slice(0, 3));

describe('mail inbox', () => {
  let inbox: MailInbox;
  afterEach(() => inbox.stop());

  it('keeps a mail byte for byte and finds the link in it', async () => {
    inbox = await startMailInbox();
    const arrival = inbox.waitFor((mail) => mail.to.includes('ada@acme.test'));

    expect(codes(await speak(inbox, DIALOGUE))).toEqual(['220', '250', '250', '250', '354', '250', '221']);

    const mail = await arrival;
    expect(mail.raw.toString()).toBe(MAIL);
    expect(mail.subject).toBe('Reset');
    expect(mail.links).toEqual(['http://127.0.0.1:1/reset-password#token=abc']);
    expect(mail.acknowledged).toBe(true);
  });

  it.each([
    ['connect', ['451']],
    ['mail', ['220', '250', '451']],
    ['rcpt', ['220', '250', '250', '451']],
    ['data', ['220', '250', '250', '250', '354', '451']],
  ] as const)('refuses at %s when told to, with the code it was told', async (phase, expected) => {
    inbox = await startMailInbox({
      behaviour: (event) => (event.phase === phase ? { code: 451, message: '4.7.1 later' } : 'accept'),
    });

    const replies = await speak(inbox, DIALOGUE);

    expect(codes(replies).slice(0, expected.length)).toEqual(expected);
    expect(replies[expected.length - 1]).toBe('451 4.7.1 later');
    expect(inbox.messages()).toEqual([]);
  });

  it('cuts the connection after the final dot without acknowledging, yet keeps what it got', async () => {
    inbox = await startMailInbox({ behaviour: ({ phase }) => (phase === 'data' ? 'drop' : 'accept') });

    expect(codes(await speak(inbox, DIALOGUE))).toEqual(['220', '250', '250', '250', '354']);

    expect(inbox.messages()).toEqual([]);
    expect(inbox.received().map(({ raw }) => raw.toString())).toEqual([MAIL]);
  });

  it('outlives a client that is killed in the middle of a mail', async () => {
    inbox = await startMailInbox();
    const crashes: unknown[] = [];
    const note = (reason: unknown) => crashes.push(reason);
    process.prependListener('unhandledRejection', note);

    const socket = connect(inbox.smtpPort, '127.0.0.1');
    socket.on('error', () => {});
    for (const command of [...DIALOGUE.slice(0, 4), MAIL]) {
      await once(socket, 'data');
      socket.write(`${command}\r\n`);
    }
    socket.resetAndDestroy();
    await speak(inbox, DIALOGUE);
    process.off('unhandledRejection', note);

    expect(crashes).toEqual([]);
    expect(inbox.received().map(({ raw }) => raw.toString())).toEqual([MAIL]);
  });

  it('answers a client on a port that another one has just left', async () => {
    inbox = await startMailInbox();
    const socket = connect({ port: inbox.smtpPort, host: '127.0.0.1' });
    await once(socket, 'data');
    const { localPort } = socket;
    if (localPort === undefined) throw new Error('not connected');

    // Both happen in one turn of the event loop, so the new connection arrives before the server has removed the old one.
    socket.resetAndDestroy();
    const next = connect({ port: inbox.smtpPort, host: '127.0.0.1', localPort });
    await once(next, 'data');
    next.write('EHLO test\r\n');
    await once(next, 'data');
    next.write('MAIL FROM:<no-reply@acme.test>\r\n');
    const [reply] = await once(next, 'data');
    next.destroy();

    expect(String(reply)).toMatch(/^250 /);
  });

  it('tells whoever waits for a mail that their look at it failed, and takes the mail all the same', async () => {
    inbox = await startMailInbox();
    const failing = expect(
      inbox.waitForReceived(() => {
        throw new Error('a slip in a test');
      }),
    ).rejects.toThrow('a slip in a test');
    const other = inbox.waitFor(() => true);

    const replies = await speak(inbox, DIALOGUE);

    await failing;
    expect((await other).subject).toBe('Reset');
    expect(codes(replies).at(-2)).toBe('250');
  });

  it('answers 451 when its behaviour fails', async () => {
    inbox = await startMailInbox({
      behaviour: ({ phase }) => {
        if (phase === 'rcpt') throw new Error('a slip in a test\nand more of it');
        return 'accept';
      },
    });

    const replies = await speak(inbox, DIALOGUE);

    expect(replies[3]).toBe('451 4.3.0 the behaviour failed: a slip in a test');
  });

  it('refuses a mail that cannot be read, and goes on', async () => {
    inbox = await startMailInbox();
    const nested = Array.from({ length: 300 }, (_, i) => [
      `Content-Type: multipart/mixed; boundary=b${i}`,
      '',
      `--b${i}`,
    ]).flat();

    const refused = await speak(inbox, [...DIALOGUE.slice(0, 4), `${nested.join('\r\n')}\r\n.`, 'QUIT']);
    await speak(inbox, DIALOGUE);

    expect(codes(refused)).toEqual(['220', '250', '250', '250', '354', '554', '221']);
    expect(inbox.messages()).toHaveLength(1);
  });

  it('holds the dialogue as long as its behaviour waits', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    inbox = await startMailInbox({
      behaviour: async ({ phase }): Promise<SmtpVerdict> => {
        if (phase === 'data') await held;
        return 'accept';
      },
    });

    const dialogue = speak(inbox, DIALOGUE);
    await inbox.waitForReceived(() => true);
    expect(inbox.messages()).toEqual([]);
    release();

    expect(codes(await dialogue).at(-2)).toBe('250');
    expect(inbox.messages()).toHaveLength(1);
  });

  it('shows a mail in a frame that can run nothing', async () => {
    inbox = await startMailInbox();
    await speak(inbox, DIALOGUE);

    const page = await fetch(inbox.url);
    expect(await page.text()).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");

    const html = await fetch(`${inbox.url}/messages/1/html`);
    expect(html.headers.get('content-security-policy')).toMatch(/^sandbox allow-popups/);
    expect(await (await fetch(`${inbox.url}/messages/1/raw`)).text()).toBe(MAIL);
    expect((await fetch(`${inbox.url}/messages/2/raw`)).status).toBe(404);
  });
});
