import { parseSmtpUrl, type SmtpEndpoint } from '@latchkey/settings';
import { type SmtpServerOptions, startSmtpServer } from '@latchkey/test-kit/smtp';

import { afterEach, describe, expect, it } from 'vitest';
import { composeMail } from '../src/compose-mail.ts';
import { classifyFailure } from '../src/smtp/classify.ts';
import { describeFailure } from '../src/smtp/failure.ts';
import { createSmtpPool } from '../src/smtp/smtp-pool.ts';
import { mailerFor, SENDER } from './support/mailers.ts';
import { resetMail } from './support/messages.ts';

let stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  stops = [];
});

const startSink = async (protocol: NonNullable<SmtpServerOptions['protocol']> = {}) => {
  const sink = await startSmtpServer({ protocol });
  stops.push(sink.stop);
  return sink;
};

const sendTo = (url: string) => {
  const mailer = mailerFor(url);
  stops.push(mailer.close);
  return mailer.send(resetMail());
};

describe('logging in', () => {
  const logins = (user: string, pass: string) =>
    startSink({
      disabledCommands: ['STARTTLS'],
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (auth, _session, callback) => {
        if (auth.username === user && auth.password === pass) callback(null, { user });
        else callback(new Error('bad credentials'));
      },
    });

  it('works with a user and password from the URL, percent-encoded', async () => {
    const { smtpPort: port } = await logins('acme', 'p@ss:/word');

    expect(await sendTo(`smtp://acme:p%40ss%3A%2Fword@127.0.0.1:${port}`)).toMatchObject({
      class: 'accepted',
    });
  });

  it('with a wrong password is a matter of configuration', async () => {
    const { smtpPort: port } = await logins('acme', 'right');

    expect(await sendTo(`smtp://acme:wrong@127.0.0.1:${port}`)).toMatchObject({
      class: 'configuration',
      phase: 'auth',
      code: 535,
    });
  });

  it('is a matter of configuration when it is left out where the server wants it', async () => {
    const { smtpPort: port } = await logins('acme', 'right');

    expect(await sendTo(`smtp://127.0.0.1:${port}`)).toMatchObject({ class: 'configuration', code: 530 });
  });

  it('is never skipped because the server does not offer it', async () => {
    const sink = await startSink({ disabledCommands: ['STARTTLS', 'AUTH'] });

    expect(await sendTo(`smtp://acme:secret@127.0.0.1:${sink.smtpPort}`)).toMatchObject({
      class: 'configuration',
      phase: 'auth',
    });
    expect(sink.received()).toHaveLength(0);
  });
});

describe('encryption', () => {
  const sendVia = async (endpoint: SmtpEndpoint) => {
    const pool = createSmtpPool({ endpoint, heloName: 'acme.test', connections: 1, sendDeadlineMs: 5_000 });
    stops.push(pool.close);
    const mail = await composeMail(resetMail(), SENDER);
    if (mail === undefined) throw new Error('the test mail is not a mail');

    const result = await pool.trySend(mail, new AbortController().signal);
    if (result.ok) return 'accepted';
    return classifyFailure(describeFailure(result.error, result.progress));
  };

  const at = (port: number, tls: SmtpEndpoint['tls']): SmtpEndpoint => ({
    host: '127.0.0.1',
    port,
    credentials: undefined,
    tls,
  });

  it('with smtps:// refuses a certificate that nobody vouches for', async () => {
    const sink = await startSink({ secure: true });

    expect(await sendTo(`smtps://127.0.0.1:${sink.smtpPort}`)).toMatchObject({ class: 'configuration' });
    expect(sink.received()).toHaveLength(0);
  });

  it('with smtps:// to a server that speaks plain SMTP is a matter of configuration', async () => {
    const { smtpPort: port } = await startSink();

    expect(await sendTo(`smtps://127.0.0.1:${port}`)).toMatchObject({ class: 'configuration' });
  });

  it.each<SmtpEndpoint['tls']>(['required', 'offered'])(
    'by STARTTLS (%s) refuses a certificate that nobody vouches for',
    async (tls) => {
      const sink = await startSink({ disabledCommands: [] });

      expect(await sendVia(at(sink.smtpPort, tls))).toBe('configuration');
      expect(sink.received()).toHaveLength(0);
    },
  );

  it('that is required is not given up because the server does not offer it', async () => {
    const sink = await startSink();

    expect(await sendVia(at(sink.smtpPort, 'required'))).toBe('configuration');
    expect(sink.received()).toHaveLength(0);
  });

  it('that is not required is left out where the server does not offer it', async () => {
    const sink = await startSink();

    expect(await sendVia(at(sink.smtpPort, 'offered'))).toBe('accepted');
  });

  it('to a loopback address is used without asking for a certificate', async () => {
    const sink = await startSink({ disabledCommands: [] });

    expect(parseSmtpUrl(sink.smtpUrl).tls).toBe('local');
    expect(await sendTo(sink.smtpUrl)).toMatchObject({ class: 'accepted' });
  });
});
