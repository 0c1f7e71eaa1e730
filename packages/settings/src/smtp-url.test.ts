import { ConfigError } from '@latchkey/runtime';
import { describe, expect, it } from 'vitest';
import { parseSmtpUrl } from './smtp-url.ts';

describe('parseSmtpUrl', () => {
  it.each<[string, object]>([
    ['smtp://127.0.0.1:1025', { host: '127.0.0.1', port: 1025, credentials: undefined, tls: 'local' }],
    ['smtp://localhost:1025/', { host: 'localhost', port: 1025, tls: 'local' }],
    ['smtp://[::1]:1025', { host: '::1', tls: 'local' }],
    ['smtp://u:p@localhost', { port: 587, credentials: { user: 'u', pass: 'p' }, tls: 'local' }],
    // A tunnel's end is a loopback address, too: what was asked for is not dropped.
    ['smtp://localhost:1025?requireTLS=true', { tls: 'required' }],
    ['smtp://localhost:1025?requireTLS=false', { tls: 'local' }],
    ['smtp://mail.acme.test', { port: 587, tls: 'offered' }],
    ['smtp://mail.acme.test:25?requireTLS=true', { port: 25, tls: 'required' }],
    ['smtp://u:p@mail.acme.test', { tls: 'required' }],
    ['smtp://u:p@mail.acme.test?requireTLS=false', { tls: 'offered' }],
    ['smtps://mail.acme.test', { port: 465, tls: 'direct' }],
    ['smtps://localhost:4650', { port: 4650, tls: 'direct' }],
    ['smtps://us%40er:p%3A%2Fw@mail.acme.test', { credentials: { user: 'us@er', pass: 'p:/w' } }],
  ])('reads %s', (url, expected) => {
    expect(parseSmtpUrl(url)).toMatchObject(expected);
  });

  it.each([
    'mail.acme.test',
    'http://mail.acme.test',
    'smtp://',
    'smtp://mail.acme.test/path',
    'smtp://hunter2@mail.acme.test',
    'smtp://:hunter2@mail.acme.test',
    'smtp://user:hunter2%zz@mail.acme.test',
    'smtp://user:hunter2@mail.acme.test?requireTLS=maybe',
    // nodemailer itself would take these and log every reset link.
    'smtp://user:hunter2@mail.acme.test?debug=true',
    'smtp://user:hunter2@mail.acme.test?logger=true',
    'smtp://user:hunter2@mail.acme.test?requireTLS=true&transactionLog=true',
    'smtp://user:hunter2@mail.acme.test?tls.rejectUnauthorized=false',
    'smtps://user:hunter2@mail.acme.test?debug=true',
  ])('refuses %s without repeating it', (url) => {
    expect(() => parseSmtpUrl(url)).toThrow(ConfigError);
    expect(() => parseSmtpUrl(url)).not.toThrow(/hunter2|acme/);
  });
});
