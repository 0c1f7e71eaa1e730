import bcrypt from 'bcryptjs';
import type { Db, ObjectId } from 'mongodb';

/** A user as this application keeps it. */
export interface User {
  readonly _id?: ObjectId;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
  readonly disabled: boolean;
  /** Absent for those who sign in elsewhere. */
  readonly passwordHash?: string;
  /** Written by the password reset, and by whatever else changes the password. */
  readonly credentialsChangedAt?: Date;
}

/** A user as read. */
export type StoredUser = User & { readonly _id: ObjectId };

/** Spends the same time on strangers as on members. */
const NOBODY = bcrypt.hashSync('nobody', 10);

/** The user with this password, or null. */
export const logIn = async (db: Db, email: string, password: string) => {
  const user = await db.collection<User>('users').findOne({ email });
  const matches = await bcrypt.compare(password, user?.passwordHash ?? NOBODY);
  return matches && user !== null && user.passwordHash !== undefined && !user.disabled ? user : null;
};
