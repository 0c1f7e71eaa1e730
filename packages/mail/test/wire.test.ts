import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startScriptedSmtp } from '@latchkey/test-kit/scripted-smtp';
import { type SmtpServer, startSmtpServer } from '@latchkey/test-kit/smtp';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailerFor } from './support/mailers.ts';
import { changedMail, LINK, resetMail } from './support/messages.ts';

let sink: SmtpServer;
let mailer: ReturnType<typeof mailerFor>;

beforeEach(async () => {
  sink = await startSmtpServer();
  mailer = mailerFor(sink.smtpUrl);
});
afterEach(async () => {
  await mailer.close();
  await sink.stop();
});

const received = async (nth = 0) => {
  const mail = sink.received()[nth];
  if (mail === undefined) throw new Error(`no mail number ${nth}`);
  return { ...mail, parsed: await PostalMime.parse(mail.raw) };
};

const hrefs = (html: string) =>
  [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href?.replaceAll('&amp;', '&'));

const sendElsewhere = (env: NodeJS.ProcessEnv) =>
  promisify(execFile)(
    process.execPath,
    [
      '--conditions=dev-source',
      '--import',
      'tsx',
      fileURLToPath(new URL('support/send-elsewhere.ts', import.meta.url)),
      sink.smtpUrl,
    ],
    { env: { PATH: process.env['PATH'], ...env } },
  );

describe('a mail on the wire', () => {
  it.each(['en', 'de'])('carries the link unbroken and alike in text and HTML (%s)', async (locale) => {
    await mailer.send(resetMail({ locale }));
    const { parsed } = await received();

    expect(parsed.text?.split('\n')).toContain(LINK);
    expect(parsed.text?.match(/https?:\/\/\S+/g)).toEqual([LINK]);
    expect(hrefs(parsed.html ?? '')).toEqual([LINK, LINK]);
    expect(parsed.html).toContain(`>${LINK}</a>`);
  });

  it('carries a link with an ampersand unbroken, too', async () => {
    const link = `${LINK}&flow=1&name=a%20b`;
    await mailer.send(
      resetMail({ content: { kind: 'password-reset', link, expiresAt: new Date(0), ttlMinutes: 30 } }),
    );
    const { parsed } = await received();

    expect(parsed.text?.split('\n')).toContain(link);
    expect(hrefs(parsed.html ?? '')).toEqual([link, link]);
  });

  it('says who sent it, that a machine did, and when', async () => {
    await mailer.send(resetMail());
    const { from, to, parsed } = await received();
    const header = (key: string) => parsed.headers.filter((one) => one.key === key).map((one) => one.value);

    expect({ from, to }).toEqual({ from: 'no-reply@acme.test', to: ['bob@example.com'] });
    expect(parsed.from).toEqual({ name: 'Acme', address: 'no-reply@acme.test' });
    expect(parsed.to).toEqual([{ name: '', address: 'bob@example.com' }]);
    expect(header('message-id')).toEqual([resetMail().messageId]);
    expect(header('date')).toEqual(['Sat, 21 Nov 2026 13:35:00 +0000']);
    expect(header('auto-submitted')).toEqual(['auto-generated']);
    expect(header('x-auto-response-suppress')).toEqual(['All']);
    expect(header('x-mailer')).toEqual([]);
    expect(header('content-type')[0]).toContain(resetMail().boundary);
  });

  it('is 7-bit with short lines, and small', async () => {
    await mailer.send(resetMail({ locale: 'de', name: 'Jürgen Groß' }));
    const raw = (await received()).raw.toString('latin1');

    expect(raw).toMatch(/^[\x20-\x7e\r\n]*$/);
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
    expect(raw.length).toBeLessThan(20_000);
  });

  it('is the same to the byte when sent again, and from a process in another place', async () => {
    const message = resetMail({ locale: 'de', name: 'Jürgen Groß' });

    await mailer.send(message);
    await mailer.send(message);
    await sendElsewhere({
      TZ: 'Asia/Kolkata',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'de_DE.UTF-8',
      NODE_ENV: 'production',
    });
    await sendElsewhere({ TZ: 'America/Los_Angeles', LC_ALL: 'C', NODE_ENV: 'development' });

    const [first, ...others] = sink.received().map(({ raw }) => raw.toString('base64'));
    expect(others).toEqual([first, first, first]);
  });

  it('differs where the message does, so that the comparison above means something', async () => {
    await mailer.send(resetMail());
    await mailer.send(resetMail({ boundary: 'fedcba9876543210' }));

    expect(sink.received()[0]?.raw.equals(sink.received()[1]?.raw ?? Buffer.of())).toBe(false);
  });

  it('has no link but the public page, and no token, when it is a notice [T-35]', async () => {
    await mailer.send(changedMail());
    const { parsed, raw } = await received();

    expect(parsed.text?.match(/https?:\/\/\S+/g)).toEqual(['https://acme.test']);
    expect(hrefs(parsed.html ?? '')).toEqual(['https://acme.test']);
    expect(raw.toString()).not.toMatch(/token/i);
  });
});

describe('a hostile recipient', () => {
  it.each([
    'bob@example.com\r\nBcc: eve@evil.example',
    'bob@example.com\nSubject: hello',
    'bob@example.com, eve@evil.example',
    'bob@example.com;eve@evil.example',
    'bob@example.com> SIZE=1',
    '<bob@example.com>',
    'Bob <bob@example.com>',
    'bob @example.com',
    '"bob eve"@example.com',
    'bob@exam\u202eple.com',
    'bob',
    '@example.com',
    '',
    `${'b'.repeat(300)}@example.com`,
  ])('%j is refused before anything is sent', async (to) => {
    expect(await mailer.send(resetMail({ to }))).toMatchObject({ class: 'permanent', phase: 'render' });
    expect(sink.received()).toHaveLength(0);
  });

  // RFC 6531: a name in UTF-8 needs SMTPUTF8 anyway, so its domain stays readable; otherwise the domain goes in ASCII.
  it.each([
    ['jürgen@müller.example', 'jürgen@müller.example', ' SMTPUTF8'],
    ['juergen@müller.example', 'juergen@xn--mller-kva.example', ''],
  ])('with letters beyond ASCII (%s) gets its mail', async (address, onTheWire, extension) => {
    const server = await startScriptedSmtp({ ehlo: { reply: '250-test\r\n250 SMTPUTF8' } });
    const toServer = mailerFor(server.url);
    const result = await toServer.send(resetMail({ to: address }));
    await toServer.close();
    await server.stop();

    expect(result).toMatchObject({ class: 'accepted' });
    expect(server.seen).toContain(`MAIL FROM:<no-reply@acme.test>${extension}`);
    expect(server.seen).toContain(`RCPT TO:<${onTheWire}>`);
    expect(server.bodies[0]?.toString()).toContain(`\r\nTo: ${onTheWire}\r\n`);
  });
});
