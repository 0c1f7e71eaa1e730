import { type Db, ObjectId } from 'mongodb';
import { checkOpened, finishLogin, type Opened } from './credentials.ts';
import { readJwt, signJwt } from './jwt.ts';
import type { StoredUser, User } from './users.ts';

interface Claims extends Opened {
  /** Id of the user as hex (RFC 7519 4.1.2). */
  readonly sub: string;
  /** Time of the login in whole epoch seconds (RFC 7519 4.1.6). */
  readonly iat: number;
}

const nothing = async (): Promise<null> => null;

/** Logins as JWTs signed with `key`. Only the client holds them, so there is no row that could be deleted. */
export const createTokens = (db: Db, key: Uint8Array) => {
  const users = db.collection<User>('users');

  return {
    /** Signs a JWT for this user; resolves with null if the password was changed during the login. */
    sign: async (user: StoredUser): Promise<string | null> => {
      const session: Claims = { sub: user._id.toHexString(), iat: Math.floor(Date.now() / 1000) };
      const claims = await finishLogin({ users, user, session, store: nothing, refuse: nothing });
      return claims && signJwt(key, claims);
    },

    /** The user of a JWT of this host, or null. */
    userOf: async (jwt: string): Promise<User | null> => {
      const claims = readJwt<Claims>(key, jwt);
      const user = claims && (await users.findOne({ _id: ObjectId.createFromHexString(claims.sub) }));
      return claims && user && !user.disabled ? checkOpened(claims, user, nothing) : null;
    },
  };
};
