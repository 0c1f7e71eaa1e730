import { describe, expect, it } from 'vitest';
import { limiterForm, lookupForms, maskAddress, parseAddress } from './address.ts';

describe('an address', () => {
  it.each(['a@b', 'bob@example.com', ' bob+tag@sub.example.co.uk ', "o'neil@example.com", 'jörg@münchen.de'])(
    'is accepted as %j and trimmed',
    (typed) => expect(parseAddress(typed)).toBe(typed.trim()),
  );

  it.each([
    'bob',
    '@example.com',
    'bob@',
    'a@b@c.de',
    '.bob@example.com',
    'bo..b@example.com',
    'bob@-example.com',
    'bob@example..com',
    'bob@example.com\r\nBcc: eve@example.com',
    'bob <bob@example.com>',
    'bob@example.com,eve@example.com',
    'bob\u202e@example.com',
    'bob@exam\u0000ple.com',
    `${'x'.repeat(65)}@example.com`,
    `bob@${'x'.repeat(250)}.com`,
    '\udc00@example.com',
  ])('is refused as %j', (typed) => expect(parseAddress(typed)).toBeUndefined());

  it('is looked up as typed, with its domain lower-cased and with A to Z lower-cased, nothing else', () => {
    expect(lookupForms('Bob@Example.com')).toEqual(['Bob@Example.com', 'Bob@example.com', 'bob@example.com']);
    expect(lookupForms('bob@Example.com')).toEqual(['bob@Example.com', 'bob@example.com']);
    expect(lookupForms('bob@example.com')).toEqual(['bob@example.com']);
    expect(lookupForms('\u212aim@example.com')).toEqual(['\u212aim@example.com']);
    expect(lookupForms('ÄB@example.com')).toEqual(['ÄB@example.com', 'Äb@example.com']);
  });

  it('has one budget for all spellings that could reach one account [T-06]', () => {
    const spellings = ['Kim@Example.com', '\u212aim@example.com', '\uff2bIM@EXAMPLE.COM'];
    expect(new Set(spellings.map(limiterForm))).toEqual(new Set(['kim@example.com']));
    for (const name of ['J\u030can', 'T\u0308', 'H\u0331', 'KOΣ', '\u212a', 'I\u0307']) {
      for (const typed of [`${name}@example.com`, `Bob@${name}.Example.COM`, `${name}@${name}`]) {
        const forms = lookupForms(typed);
        expect([...forms].sort()).toEqual(forms);
        expect(new Set([typed.toUpperCase(), ...forms].map(limiterForm)).size).toBe(1);
      }
    }
  });

  it('is masked to its first letters and its top-level domain', () => {
    expect(maskAddress('bob@example.co.uk')).toBe('b***@e***.uk');
    expect(maskAddress('bob@localhost')).toBe('b***@l***');
  });
});
