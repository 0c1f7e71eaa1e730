import { describe, expect, it } from 'vitest';
import { parseMailFrom } from './mail-from.ts';

describe('parseMailFrom', () => {
  it.each<[string, object]>([
    ['"Acme" <no-reply@acme.test>', { name: 'Acme', address: 'no-reply@acme.test', domain: 'acme.test' }],
    ['Acme <no-reply@acme.test>', { name: 'Acme', address: 'no-reply@acme.test', domain: 'acme.test' }],
    [
      '"Acme, Inc." <no-reply@acme.test>',
      { name: 'Acme, Inc.', address: 'no-reply@acme.test', domain: 'acme.test' },
    ],
    ['"The \\"Acme\\" Shop" <no-reply@acme.test>', { name: 'The "Acme" Shop' }],
    [' <no-reply@acme.test> ', { name: '', address: 'no-reply@acme.test' }],
    ['no-reply@acme.test', { name: '', address: 'no-reply@acme.test', domain: 'acme.test' }],
    ['"Müller" <post@müller.example>', { name: 'Müller', domain: 'xn--mller-kva.example' }],
  ])('reads %s', (value, expected) => {
    expect(parseMailFrom(value)).toMatchObject(expected);
  });

  it.each([
    '',
    'Acme',
    'Acme <>',
    'a@acme.test, b@acme.test',
    'team: a@acme.test, b@acme.test;',
    '"Acme" <no-reply@acme.test>\r\nBcc: eve@evil.example',
    '"Acme\r\nBcc: eve@evil.example" <no-reply@acme.test>',
    'Acme, Inc. <no-reply@acme.test>',
    'eve@evil.example <no-reply@acme.test>',
    'no reply@acme.test',
    'no-reply@acme test',
    '"a b"@acme.test',
  ])('refuses %j', (value) => {
    expect(parseMailFrom(value)).toBeUndefined();
  });
});
