import bcrypt from 'bcryptjs';
import type { Db, ObjectId } from 'mongodb';

/** A user in the database of this application. */
export interface User {
  readonly _id?: ObjectId;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
  readonly disabled: boolean;
  /** Absent for users with single sign-on. */
  readonly passwordHash?: string;
  /** Written by the password reset and by every other change of the password. */
  readonly credentialsChangedAt?: Date;
}

/** A user that was read from the database. */
export type StoredUser = User & { readonly _id: ObjectId };

/** Compared for an unknown address, so that a login takes the same time for strangers and members. */
const NOBODY = bcrypt.hashSync('nobody', 10);

/** The user with this address and password, or null. */
export const logIn = async (db: Db, email: string, password: string) => {
  const user = await db.collection<User>('users').findOne({ email });
  const matches = await bcrypt.compare(password, user?.passwordHash ?? NOBODY);
  return matches && user !== null && user.passwordHash !== undefined && !user.disabled ? user : null;
};
