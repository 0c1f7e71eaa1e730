import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const TOKEN = `${randomBytes(29).toString('base64url')}aB9-`.slice(-43);
const HASH = `$2b$12$${'abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV0123456789./'.slice(0, 53)}`;

const capture = () => {
  const lines: string[] = [];
  const log = createLogger({
    name: 'test',
    level: 'trace',
    destination: { write: (line: string) => void lines.push(line) },
  });

  return {
    log,
    text: () => lines.join(''),
    last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>,
  };
};

describe('the log', () => {
  it('redacts secret keys at every depth', () => {
    const { log, text, last } = capture();
    const secrets = {
      token: 'S3CRET',
      newPassword: 'S3CRET',
      link: 'S3CRET',
      to: 'S3CRET',
      email: 'S3CRET',
      Authorization: 'S3CRET',
      cookie: ['S3CRET'],
      seed: { nested: 'S3CRET' },
    };

    log.info({ ...secrets, id: 1, a: { ...secrets, b: [{ c: { ...secrets, id: 2 } }] } }, 'kept');

    expect(text()).not.toContain('S3CRET');
    expect(last()).toMatchObject({ id: 1, msg: 'kept', a: { b: [{ c: { id: 2, token: '[redacted]' } }] } });
  });

  it('takes tokens, addresses, password hashes and URL credentials out of any text', () => {
    const { log, text } = capture();
    const dirty = `see https://a.test/#token=${TOKEN} for Bob.Smith+x@mail.example.com at redis://user:pa@ss@h:1 ${HASH}`;

    log.info(dirty);
    log.info({ note: dirty, nested: [{ note: dirty }] }, dirty);
    log.info({ x: 1 }, 'with %s', dirty);
    log.child({ note: dirty }).info('child');
    log.error(new Error(dirty, { cause: new Error(dirty) }));
    log.error({ err: new Error(dirty) }, 'failed');
    // Without a text of its own pino takes the error's, past every formatter.
    log.error({ err: new Error(dirty) });
    log.error({ err: { message: dirty } });
    log.child({ x: 1 }).error({ err: new Error(dirty) });
    log.error({ err: Object.assign(new Error('x'), { name: dirty, code: dirty }) }, 'named');
    log.info({ note: { toJSON: () => dirty } }, 'renders itself');

    for (const secret of [TOKEN, 'Bob', 'mail.example.com', 'pa@ss', 'user:', HASH])
      expect(text()).not.toContain(secret);
  });

  it.each([
    '/next?to=https%3A%2F%2Fa.test%2Freset-password%23token%3DTOKEN',
    'https://a.test/reset-password#token=3DTOKEN',
    '"link\\nTOKEN"',
    'a\\tTOKEN',
  ])('takes a token out that is written encoded: %s', (written) => {
    const { log, text } = capture();
    log.info(written.replace('TOKEN', TOKEN));

    expect(text()).not.toContain(TOKEN);
  });

  it('takes addresses of every script and with every sign out whole', () => {
    const { log, text } = capture();
    log.info('E11000 { email: "bob@ünchen.example" } { email: "jürgen@münchen.example" } <иван@пример.рф>');
    log.info(`dup key: { email: "o'brien@example.com" }`);

    for (const part of ['bob', 'nchen', 'rgen', 'иван', 'пример', 'рф', 'brien', "o'", 'example']) {
      expect(text()).not.toContain(part);
    }
  });

  it('hides the same things on a terminal', async () => {
    const destination = new PassThrough();
    const log = createLogger({ name: 'test', pretty: true, destination });

    log.warn({ email: 'bob@example.com' }, `mailed ${TOKEN}`);
    const [line] = (await once(destination, 'data')) as [Buffer];

    expect(line.toString()).toContain('mailed [redacted]');
    expect(line.toString()).not.toContain('bob@');
  });

  it('prints name, code, message and places of an error, never what a driver hangs on it', () => {
    const { log, text, last } = capture();
    const error = Object.assign(new Error('write failed'), {
      code: 11000,
      writeErrors: [{ op: { q: 'S3CRET' } }],
      reply: 'S3CRET',
    });

    log.error({ err: error }, 'oops');

    expect(text()).not.toContain('S3CRET');
    expect(last()).toMatchObject({
      msg: 'oops',
      err: { name: 'Error', code: 11000, message: 'write failed' },
    });
  });

  it('prints an error, too, whose name or message is no text', () => {
    const { log, last } = capture();

    log.error({ err: Object.assign(new Error('oops'), { name: undefined }) }, 'no name');
    expect(last()).toMatchObject({ msg: 'no name', err: { message: 'oops' } });
    log.error({ err: Object.assign(new Error('oops'), { message: 42 }) }, 'no message');
    expect(last()).toMatchObject({ msg: 'no message', err: { message: '42' } });
  });

  it('never repeats what a JSON parser could not read', () => {
    const { log, text } = capture();
    try {
      JSON.parse('{"newPassword":"S3CRET" oops');
    } catch (error) {
      log.error(error as Error);
      log.error({ err: error, why: { cause: error } }, 'bad');
      log.error({ err: error });
    }
    expect(text()).not.toContain('S3CRET');
  });

  it('keeps ids, message ids and digests', () => {
    const { log, last } = capture();
    const record = {
      requestId: randomBytes(16).toString('hex'),
      jobId: `delivery-${randomBytes(16).toString('hex')}-1`,
      messageId: '<0123.password-reset@example.com>',
      deliveryId: `${randomBytes(16).toString('hex')}:password-reset`,
    };

    log.info(record);

    expect(last()).toMatchObject(record);
  });

  it('cuts texts that go on for ever', () => {
    const { log, text } = capture();

    log.warn({ note: 'a.'.repeat(500_000) }, 'b.'.repeat(500_000));

    expect(text().length).toBeLessThan(10_000);
  });
});
