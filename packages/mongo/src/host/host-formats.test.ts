import { describe, expect, it } from 'vitest';
import { addressReach } from './address-reach.ts';
import { passwordFormat } from './password-format.ts';

const REST = '10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

describe('the format of a stored password', () => {
  it.each([
    [`$2a$${REST}`, 'bcrypt-2a'],
    [`$2b$${REST}`, 'bcrypt-2b'],
    [`$2y$${REST}`, 'bcrypt-2y'],
    [`$2x$${REST}`, 'other'],
    ['$2b$10$tooshort', 'other'],
    ['$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', 'argon2'],
    ['$argon2i$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', 'argon2'],
    ['$scrypt$ln=16,r=8,p=1$c2FsdA$aGFzaA', 'scrypt'],
    ['$7$C6..../....salt$hash', 'scrypt'],
    ['scrypt:32768:8:1$salt$hash', 'scrypt'],
    ['pbkdf2_sha256$260000$salt$hash', 'pbkdf2'],
    ['$pbkdf2-sha512$25000$salt$hash', 'pbkdf2'],
    ['5f4dcc3b5aa765d61d8327deb882cf99', 'other'],
    [{ hash: 'x', salt: 'y' }, 'other'],
    [undefined, 'none'],
    [null, 'none'],
    ['', 'none'],
  ])('is told from its text: %j is %s', (stored, format) => {
    expect(passwordFormat(stored)).toBe(format);
  });
});

describe('a stored address', () => {
  it.each([
    ['ada@example.com', 'anyCase'],
    ['Ada@Example.com', 'asStored'],
    ['zoë@example.com', 'anyCase'],
    [' ada@example.com', 'unreachable'],
    ['ada@example.com\n', 'unreachable'],
    ['ada', 'unreachable'],
    ['"ada b"@example.com', 'unreachable'],
    [['ada@example.com'], 'unreachable'],
    [{ value: 'ada@example.com' }, 'unreachable'],
    [7, 'unreachable'],
    [undefined, 'missing'],
    [null, 'missing'],
    ['', 'missing'],
  ])('%j is reached: %s', (stored, reach) => {
    expect(addressReach(stored)).toBe(reach);
  });
});
