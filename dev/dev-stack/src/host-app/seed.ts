import bcrypt from 'bcryptjs';
import type { Db } from 'mongodb';
import type { User } from './users.ts';

/** A demo account. `password` is null if the account has no password. */
export interface DemoAccount {
  readonly email: string;
  readonly name: string;
  readonly locale: string;
  readonly password: string | null;
  readonly disabled: boolean;
  readonly note: string;
}

/** One account of each kind that the reset treats differently. */
export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    email: 'ada@acme.test',
    name: 'Ada',
    locale: 'en',
    password: 'analytical engine 1843',
    disabled: false,
    note: 'English',
  },
  {
    email: 'bruno@acme.test',
    name: 'Bruno',
    locale: 'de',
    password: 'blaue Banane 1975',
    disabled: false,
    note: 'German: gets German mail',
  },
  {
    email: 'sofia@acme.test',
    name: 'Sofia',
    locale: 'en',
    password: null,
    disabled: false,
    note: 'single sign-on only, has no password to reset',
  },
  {
    email: 'dora@acme.test',
    name: 'Dora',
    locale: 'de',
    password: 'dunkle Datei 2001',
    disabled: true,
    note: 'disabled',
  },
];

/** Low, because the demo shows the format of the hash and not its cost. */
const BCRYPT_COST = 10;

/** Inserts the demo accounts that do not exist yet. */
export const seed = async (db: Db): Promise<void> => {
  const users = db.collection<User>('users');
  await users.createIndex({ email: 1 }, { unique: true });

  for (const { email, name, locale, password, disabled } of DEMO_ACCOUNTS) {
    if ((await users.findOne({ email })) !== null) continue;
    await users.insertOne({
      email,
      name,
      locale,
      disabled,
      ...(password === null ? {} : { passwordHash: bcrypt.hashSync(password, BCRYPT_COST) }),
    });
  }
};
