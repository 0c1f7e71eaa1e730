import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { accountProjection, toAccount } from './account.ts';

const FIELDS = {
  collection: 'users',
  emailField: 'profile.email',
  passwordField: 'auth.hash',
  activeField: null,
  localeField: 'profile.locale',
  nameField: 'profile.name',
  credentialsChangedAtField: 'auth.changedAt',
} as const;

const account = (document: Record<string, unknown>, activeField: string | null = null) =>
  toAccount({ _id: 'ada', ...document }, { ...FIELDS, activeField });

describe('a user of the host', () => {
  it('is read through dotted paths', () => {
    const changedAt = new Date('2026-01-01T00:00:00Z');
    const document = {
      profile: { email: 'ada@example.com', locale: 'de', name: 'Ada' },
      auth: { hash: '$2b$', changedAt },
    };

    expect(account(document)).toMatchObject({
      userId: 's:ada',
      address: 'ada@example.com',
      passwordHash: '$2b$',
      locale: 'de',
      name: 'Ada',
      credentialsChangedAt: changedAt,
    });
  });

  it.each([
    ['a list', { profile: { email: ['ada@example.com'] } }],
    ['a path through a list', { profile: [{ email: 'ada@example.com' }] }],
    ['an object', { profile: { email: { value: 'ada@example.com' } } }],
    ['missing', {}],
  ])('has no address when the stored one is %s', (_, document) => {
    expect(account(document).address).toBeNull();
  });

  it('has a password when it is kept in a form that is not text, and none when there is nothing', () => {
    expect(account({ auth: { hash: new mongo.Binary(Buffer.from('x')) } }).passwordHash).toBe(
      '(not a string)',
    );
    expect(account({ auth: { hash: { salt: 's', hash: 'h' } } }).passwordHash).toBe('(not a string)');
    expect(account({ auth: { hash: null } }).passwordHash).toBeNull();
    expect(account({}).passwordHash).toBeNull();
  });

  it.each([
    ['a Date', new Date('2026-01-01T00:00:00Z')],
    ['milliseconds', 1_767_225_600_000],
    ['seconds', 1_767_225_600],
    ['an ISO string', '2026-01-01T00:00:00Z'],
  ])('has changed credentials at an instant that is stored as %s', (_, changedAt) => {
    expect(account({ auth: { changedAt } }).credentialsChangedAt).toEqual(new Date('2026-01-01T00:00:00Z'));
  });

  it.each([[null], ['yesterday'], [{}], [Number.NaN], [true]])(
    'has never changed credentials when the stored value is %s',
    (changedAt) => {
      expect(account({ auth: { changedAt } }).credentialsChangedAt).toBeNull();
    },
  );

  it.each([
    [undefined, true, true],
    [true, true, false],
    [1, true, false],
    ['yes', true, false],
    [false, false, true],
    [0, false, true],
    ['', false, true],
    [null, false, true],
  ])('with the flag %s is active: %s, and inverted: %s', (flag, active, inverted) => {
    const document = flag === undefined ? {} : { state: { flag } };
    expect(account(document, 'state.flag').active).toBe(active);
    expect(account(document, '!state.flag').active).toBe(inverted);
  });

  it.each([[[]], [[{ flag: true }]], [[{ flag: false }]]])(
    'is not active, inverted or not, while the flag cannot be read since its path leads through a list: %o',
    (state) => {
      expect(account({ state }, 'state.flag').active).toBe(false);
      expect(account({ state }, '!state.flag').active).toBe(false);
    },
  );

  it('is asked only for the fields that were configured, never for two that overlap', () => {
    expect(accountProjection({ ...FIELDS, activeField: '!disabledAt', nameField: 'profile' })).toEqual({
      profile: 1,
      'auth.hash': 1,
      'auth.changedAt': 1,
      disabledAt: 1,
    });
  });
});
