import { createHash, randomBytes } from 'node:crypto';
import type { Db, ObjectId } from 'mongodb';
import { checkOpened, finishLogin, type Opened } from './credentials.ts';
import type { StoredUser, User } from './users.ts';

interface Session extends Opened {
  readonly _id: string;
  readonly userId: ObjectId;
  readonly openedAt: Date;
}

const keyOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** Sessions as rows in the database. The client holds a random token, the row holds its hash. */
export const createSessions = (db: Db) => {
  const users = db.collection<User>('users');
  const rows = db.collection<Session>('sessions');
  const refuse = async ({ _id }: Session): Promise<null> => {
    await rows.deleteOne({ _id });
    return null;
  };

  return {
    /** Opens a session; resolves with the token for the client, or null if the password was changed during the login. */
    open: async (user: StoredUser): Promise<string | null> => {
      const token = randomBytes(32).toString('base64url');
      const session: Session = { _id: keyOf(token), userId: user._id, openedAt: new Date() };
      const store = (row: Session) => rows.insertOne(row);
      return (await finishLogin({ users, user, session, store, refuse })) && token;
    },

    /** The user of a session token, or null. */
    userOf: async (token: string): Promise<User | null> => {
      const session = await rows.findOne({ _id: keyOf(token) });
      const user = session && (await users.findOne({ _id: session.userId }));
      return session && user && !user.disabled ? checkOpened(session, user, refuse) : null;
    },
  };
};
