import { type Db, ObjectId } from 'mongodb';
import { checkOpened, finishLogin, type Opened } from './credentials.ts';
import { readJwt, signJwt } from './jwt.ts';
import type { StoredUser, User } from './users.ts';

interface Claims extends Opened {
  /** The user's id as hex (RFC 7519 4.1.2). */
  readonly sub: string;
  /** Whole seconds (RFC 7519 4.1.6). */
  readonly iat: number;
}

const nothing = async (): Promise<null> => null;

/** Logins kept by the client alone, as JWTs signed with `key`: there is no row that anybody could delete. */
export const createTokens = (db: Db, key: Uint8Array) => {
  const users = db.collection<User>('users');

  return {
    /** A JWT for this user; null when a new password overtook the login. */
    sign: async (user: StoredUser): Promise<string | null> => {
      const session: Claims = { sub: user._id.toHexString(), iat: Math.floor(Date.now() / 1000) };
      const claims = await finishLogin({ users, user, session, store: nothing, refuse: nothing });
      return claims && signJwt(key, claims);
    },

    /** The user behind a JWT of this host, or null. */
    userOf: async (jwt: string): Promise<User | null> => {
      const claims = readJwt<Claims>(key, jwt);
      const user = claims && (await users.findOne({ _id: ObjectId.createFromHexString(claims.sub) }));
      return claims && user && !user.disabled ? checkOpened(claims, user, nothing) : null;
    },
  };
};
