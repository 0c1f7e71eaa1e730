import { describe, expect, it } from 'vitest';
import { classifyFailure } from './classify.ts';
import { describeFailure, type Phase, type SmtpFailure } from './failure.ts';

const replied = (phase: Phase, reply: string): SmtpFailure => ({
  phase,
  code: Number(reply.slice(0, 3)),
  enhancedCode: /^\d{3}[ -]([45]\.\d+\.\d+)/.exec(reply)?.[1] ?? null,
  errorCode: null,
  text: reply,
});
const silent = (phase: Phase, errorCode: string | null): SmtpFailure => ({
  phase,
  code: null,
  enhancedCode: null,
  errorCode,
  text: '',
});

describe('a reply means', () => {
  it.each<[Phase, string, string]>([
    // come again
    ['greeting', '421 4.7.0 too many connections', 'transient'],
    ['greeting', '554 5.7.1 rate limit exceeded', 'transient'],
    ['auth', '454 4.7.0 temporary authentication failure', 'transient'],
    ['mail', '452 4.3.1 insufficient system storage', 'transient'],
    ['mail', '550 5.7.0 sending rate exceeded, throttled', 'transient'],
    ['mail', '503 5.5.1 nested MAIL command', 'transient'],
    ['rcpt', '450 4.7.1 greylisted', 'transient'],
    ['rcpt', '451 4.7.1 please try again later', 'transient'],
    ['rcpt', '550 5.7.1 please try again later', 'transient'],
    ['rcpt', '550 5.4.5 daily SMTP relay limit exceeded', 'transient'],
    ['rcpt', '552 5.2.2 mailbox full', 'transient'],
    ['rcpt', '552 mailbox full', 'transient'],
    ['rcpt', '554 5.3.2 system not accepting network messages', 'transient'],
    ['message', '550 5.7.0 daily user sending limit exceeded', 'transient'],
    ['message', '421 4.3.0 shutting down', 'transient'],
    // never
    ['rcpt', '550 5.1.1 user unknown', 'permanent'],
    ['rcpt', '550 5.1.10 recipient not found', 'permanent'],
    ['rcpt', '553 5.1.3 bad address syntax', 'permanent'],
    ['rcpt', '556 5.1.10 null MX', 'permanent'],
    ['rcpt', '550 5.2.1 mailbox disabled', 'permanent'],
    ['rcpt', '550 5.4.1 recipient address rejected: access denied', 'permanent'],
    ['rcpt', '550 5.7.1 not here', 'permanent'],
    ['rcpt', '550 5.2.0 mailbox unavailable', 'permanent'],
    ['rcpt', '550 5.7.504 recipient address rejected: access denied', 'permanent'],
    ['rcpt', '550 mailbox unavailable', 'permanent'],
    ['rcpt', '550 5.5.0 requested action not taken: mailbox unavailable', 'permanent'],
    ['rcpt', '501 bad address', 'permanent'],
    ['mail', '552 5.3.4 message too big', 'permanent'],
    ['message', '554 5.6.0 malformed', 'permanent'],
    ['message', '550 5.7.1 looks like spam', 'permanent'],
    ['message', '550 5.1.1 no such user after all', 'permanent'],
    ['message', '552 5.3.4 too big', 'permanent'],
    // ours
    ['greeting', '554 5.7.1 no service for you', 'configuration'],
    ['greeting', '502 5.5.1 no STARTTLS here', 'configuration'],
    ['auth', '535 5.7.8 bad credentials', 'configuration'],
    ['auth', '534 5.7.9 mechanism too weak', 'configuration'],
    ['auth', '432 4.7.12 a password transition is needed', 'configuration'],
    ['auth', '503 5.5.1 AUTH not available', 'configuration'],
    ['mail', '530 5.7.0 authentication required', 'configuration'],
    ['mail', '530 5.7.0 must issue STARTTLS first', 'configuration'],
    ['mail', '550 5.1.8 sender domain not found', 'configuration'],
    ['mail', '550 5.1.1 sender unknown', 'configuration'],
    ['mail', '550 no', 'configuration'],
    ['rcpt', '554 5.7.1 relay access denied', 'configuration'],
    ['rcpt', '550 5.7.1 relaying denied', 'configuration'],
    ['rcpt', '550 5.1.0 <a@b.test>: sender address rejected: user unknown', 'configuration'],
    ['rcpt', '553 5.7.1 <a@b.test>: sender address rejected: not owned by user', 'configuration'],
    ['rcpt', '504 5.5.2 <x>: helo command rejected: need fully-qualified hostname', 'configuration'],
    ['rcpt', '554 5.7.1 client host [192.0.2.1] blocked using zen.spamhaus.org', 'configuration'],
    ['rcpt', '503 5.5.4 sender refused: authenticate first', 'configuration'],
    ['message', '550 5.7.26 unauthenticated mail (DMARC)', 'configuration'],
    ['message', '550 5.7.1 SPF check failed', 'configuration'],
    ['message', '554 5.2.252 SendAsDenied', 'configuration'],
    // as the big relays put it
    [
      'message',
      '554 Message rejected: Email address is not verified. The following failed:',
      'configuration',
    ],
    ['message', '554 Access denied: User is not authorized to perform ses:SendRawEmail', 'configuration'],
    ['message', '550 The from address does not match a verified Sender Identity', 'configuration'],
    ['message', "550 the 'From' address you supplied is not a Sender Signature", 'configuration'],
    ['message', '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException', 'configuration'],
    ['message', '550 5.7.60 Client does not have permissions to send as this sender', 'configuration'],
    ['rcpt', '550 5.7.54 Unable to relay recipient in non-accepted domain', 'configuration'],
    ['rcpt', '550 5.7.606 Access denied, banned sending IP [192.0.2.1]', 'configuration'],
    ['rcpt', '550 5.7.511 Access denied, banned sender', 'configuration'],
    ['rcpt', '550 5.7.708 Access denied, traffic not accepted from this IP', 'configuration'],
    ['message', '550 5.7.705 Access denied, tenant has exceeded threshold', 'configuration'],
  ])('at %s "%s": %#', (phase, reply, expected) => {
    expect(classifyFailure(replied(phase, reply))).toBe(expected);
  });

  it.each(['550 5.7.1 <relay@example.com> unknown', '550 5.7.1 blocked@dmarc.example: unknown'])(
    'what it means whatever the recipient is called: %s',
    (reply) => {
      expect(classifyFailure(replied('rcpt', reply))).toBe('permanent');
    },
  );
});

describe('silence means', () => {
  it.each<[Phase, string | null, string]>([
    ['connect', 'ECONNREFUSED', 'transient'],
    ['connect', 'ETIMEDOUT', 'transient'],
    ['connect', 'EAI_AGAIN', 'transient'],
    ['connect', 'EABORT', 'transient'],
    ['connect', null, 'transient'],
    ['greeting', 'ETIMEDOUT', 'transient'],
    ['greeting', 'ETLS', 'transient'],
    ['auth', 'ECONNECTION', 'transient'],
    ['mail', 'ECONNECTION', 'transient'],
    ['data', 'ECONNRESET', 'transient'],
    ['message', 'ECONNECTION', 'ambiguous'],
    ['message', 'EABORT', 'ambiguous'],
    ['message', 'EPROTOCOL', 'ambiguous'],
    ['connect', 'ENOTFOUND', 'configuration'],
    ['connect', 'CERT_HAS_EXPIRED', 'configuration'],
    ['connect', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'configuration'],
    ['connect', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'configuration'],
    ['connect', 'ERR_TLS_CERT_ALTNAME_INVALID', 'configuration'],
    ['connect', 'ERR_SSL_WRONG_VERSION_NUMBER', 'configuration'],
    ['auth', 'EAUTH', 'configuration'],
    ['mail', 'EENVELOPE', 'permanent'],
    ['render', null, 'permanent'],
  ])('at %s with %s: %s', (phase, errorCode, expected) => {
    expect(classifyFailure(silent(phase, errorCode))).toBe(expected);
  });
});

describe('what nodemailer reports', () => {
  const nowhere = { envelopeBegun: false, bodyBegun: false };
  const inBody = { envelopeBegun: true, bodyBegun: true };
  const lost = Object.assign(new Error('Connection closed'), { code: 'ECONNECTION', command: 'CONN' });

  it('about a lost connection is told apart by how far the mail got, not by its command', () => {
    expect(describeFailure(lost, nowhere)).toMatchObject({ phase: 'connect', code: null });
    expect(describeFailure(lost, { envelopeBegun: true, bodyBegun: false })).toMatchObject({ phase: 'mail' });
    expect(describeFailure(lost, inBody)).toMatchObject({ phase: 'message' });
  });

  it('about an unexpected success is no verdict', () => {
    const odd = Object.assign(new Error('Unexpected Response'), {
      code: 'EPROTOCOL',
      command: 'CONN',
      response: '250 2.0.0 what?',
      responseCode: 250,
    });

    expect(classifyFailure(describeFailure(odd, inBody))).toBe('ambiguous');
  });

  it.each([undefined, null, 'text', 42])('may even be %s', (thrown) => {
    expect(describeFailure(thrown, nowhere)).toMatchObject({
      phase: 'connect',
      code: null,
      enhancedCode: null,
    });
  });
});
