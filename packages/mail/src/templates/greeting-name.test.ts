import { describe, expect, it } from 'vitest';
import { greetingName } from './greeting-name.ts';

describe('greetingName', () => {
  it.each([
    'Bob',
    'Anna-Lena Müller',
    "Conan O'Brien",
    'J.R.R. Tolkien',
    'Dr. Jürgen Groß',
    'Louis XIV',
    'María José Carreño Quiñones',
    'Nguyễn Văn An',
    '山田太郎',
    'Ελένη',
    "'t Hooft",
    'Bob 2',
  ])('greets %s', (name) => {
    expect(greetingName(name)).toBe(name);
  });

  it('leaves nothing but single spaces around and within', () => {
    expect(greetingName('  Bob   Smith ')).toBe('Bob Smith');
  });

  it.each(['محمد', 'דנה', 'می\u200cخواهم'])(
    'puts %s, which runs from right to left, into its own isolate',
    (name) => {
      expect(greetingName(name)).toBe(`\u2068${name}\u2069`);
    },
  );

  it.each([
    // markup
    '<b>Bob</b>',
    '<script>alert(1)</script>',
    'Bob"onclick=',
    '&lt;Bob&gt;',
    // control characters, line breaks, direction overrides, nothing visible
    'Bob\r\nBcc: eve@evil.example',
    'Bob\nSmith',
    'Bob\u2028Smith',
    'Bob\u0000',
    'Bob\u202egnp.exe',
    'Bob\u2066',
    'Bob\u200b',
    '\u3164',
    'Z\u0335\u0321\u0322\u0327algo',
    // links, as such and as mail programs would make them
    'https://evil.example',
    'evil.com',
    'Click evil.com now',
    'bit.ly/x',
    'www evil com',
    'evil。com',
    'evil\uff0ecom',
    'evil\u2024com',
    'ｅｖｉｌ．ｃｏｍ',
    'evil.\u200ccom',
    'xn--80ak6aa92e.com',
    'пример.рф',
    '192.168.0.1',
    'bob@example.com',
    '@bob',
    // the rest of an advertisement
    'Call 0800 12345',
    'You won €500!',
    '🎁 Bob',
    'a'.repeat(61),
    'word '.repeat(40),
    // nothing
    '',
    '   ',
    '...',
  ])('does not greet %j', (name) => {
    expect(greetingName(name)).toBeNull();
  });

  it('does not greet a name that is not there', () => {
    expect(greetingName(null)).toBeNull();
  });

  it('is quick about a very long one', () => {
    expect(greetingName('a.'.repeat(500_000))).toBeNull();
  });
});
