import { createHash, randomBytes } from 'node:crypto';
import type { Db, ObjectId } from 'mongodb';
import type { User } from './users.ts';

interface Session {
  readonly _id: string;
  readonly userId: ObjectId;
  readonly issuedAt: Date;
}

const keyOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** Opens a session and answers the token that the client sends from now on. */
export const openSession = async (db: Db, userId: ObjectId): Promise<string> => {
  const token = randomBytes(32).toString('base64url');
  await db.collection<Session>('sessions').insertOne({ _id: keyOf(token), userId, issuedAt: new Date() });
  return token;
};

/** The user behind a session token, or null. */
export const userOfSession = async (db: Db, token: string) => {
  const session = await db.collection<Session>('sessions').findOne({ _id: keyOf(token) });
  if (session === null) return null;
  const user = await db.collection<User>('users').findOne({ _id: session.userId });
  if (user === null || user.disabled) return null;

  // These three lines are all that a host adds. Whole seconds on both sides, as in a JWT, where `issued` is its `iat`: a
  // session opened right after the reset, within the same second, is good.
  const issued = Math.floor(session.issuedAt.getTime() / 1000);
  const changed = Math.floor((user.credentialsChangedAt?.getTime() ?? 0) / 1000);
  if (issued < changed) return null;

  return user;
};
