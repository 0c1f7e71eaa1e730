import { describe, expect, it } from 'vitest';
import { commonPasswordCount, createPasswordPolicy } from './password-policy.ts';

const policy = createPasswordPolicy({ minLength: 8, normalization: 'none' });
const nobody = { address: null, name: null };
const alice = { address: 'alice.smith@example.com', name: 'Zoë Quill Li' };

describe('the password policy', () => {
  it('counts code points, not UTF-16 units [T-27]', () => {
    expect(policy.violations('🔑🔑🔑🔑', nobody)).toEqual(['TOO_SHORT']);
    expect(policy.violations('🔑🦊🌍🎈🔑🦊🌍🎈', nobody)).toEqual([]);
  });

  it('accepts 72 bytes and refuses the 73rd instead of cutting it off [T-28]', () => {
    expect(policy.violations('vX'.repeat(36), nobody)).toEqual([]);
    expect(policy.violations(`${'vX'.repeat(36)}y`, nobody)).toEqual(['TOO_LONG']);
    expect(policy.violations('ü'.repeat(37), nobody)).toEqual(['TOO_LONG']);
  });

  it('refuses NUL and lone surrogates by name [T-27]', () => {
    expect(policy.violations('long enough \0 one', nobody)).toEqual(['INVALID_CHARACTERS']);
    expect(policy.violations('long enough \ud800 one', nobody)).toEqual(['INVALID_CHARACTERS']);
  });

  it('knows more than 10,000 common passwords, whatever their case [T-30]', () => {
    expect(commonPasswordCount()).toBeGreaterThan(10_000);
    expect(policy.violations('PassWord1', nobody)).toEqual(['COMMON']);
    expect(policy.violations('iloveyou', nobody)).toEqual(['COMMON']);
  });

  it.each(['my alice.smith pass', 'SMITH-and-wesson', 'the quill is mightier'])(
    'refuses %j for an account it speaks of',
    (password) => expect(policy.violations(password, alice)).toEqual(['CONTAINS_ACCOUNT_WORDS']),
  );

  it.each([
    ['Jose\u0301 Mu\u0308ller', 'm\u00fcller und s\u00f6hne'],
    ['Jos\u00e9 M\u00fcller', 'mu\u0308ller und so\u0308hne'],
    ['Jos\u00e9 M\u00fcller', 'Mr Muller of Ulm'],
    ['\u0130brahim', 'ibrahim was here'],
  ])('finds the words of %j in %j however accents are written', (name, password) =>
    expect(policy.violations(password, { address: null, name })).toEqual(['CONTAINS_ACCOUNT_WORDS']),
  );

  it('cuts no word of a name in two at an accent', () => {
    const jose = { address: null, name: 'Jose\u0301 Mu\u0308ller' };
    expect(policy.violations('the miller and his wife', jose)).toEqual([]);
    expect(policy.violations('a filler for the wall', jose)).toEqual([]);
  });

  it('reads no further into what a host lets its users call a name than a name is long', () => {
    const named = (name: string) => ({ address: null, name });
    expect(policy.violations('a needle in it', named(`${'x '.repeat(90)}needle`))).toEqual([
      'CONTAINS_ACCOUNT_WORDS',
    ]);
    expect(policy.violations('a needle in it', named(`${'x '.repeat(500_000)}needle`))).toEqual([]);
  });

  it('ignores account words of fewer than four characters', () => {
    expect(policy.violations('zoë and li went home', alice)).toEqual([]);
  });

  it('asks for no digits, capitals or signs, and allows spaces [T-28]', () => {
    expect(policy.violations('correct horse battery staple', nobody)).toEqual([]);
  });

  it('lists everything that is wrong at once', () => {
    expect(policy.violations('\0', nobody)).toEqual(['TOO_SHORT', 'INVALID_CHARACTERS']);
  });

  it('normalises only as configured [T-29]', () => {
    const decomposed = 'pa\u0308ssword phrase';
    expect(policy.normalize(decomposed)).toBe(decomposed);
    const nfc = createPasswordPolicy({ minLength: 8, normalization: 'nfc' });
    expect(nfc.normalize(decomposed)).toBe('p\u00e4ssword phrase');
    expect(nfc.normalize('\ud800x')).toBe('\ud800x');
    expect(createPasswordPolicy({ minLength: 8, normalization: 'nfkc' }).normalize('ﬁ')).toBe('fi');
  });
});
