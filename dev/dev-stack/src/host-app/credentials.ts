import type { User } from './users.ts';

/**
 * Everything that a host application adds for Latchkey: the four numbered comments, each with the line below it. README.md and
 * docs/your-app.md quote them exactly, and a test compares them. This application has no other code for Latchkey.
 */

/** The common part of a session row and the payload of a JWT: when its credentials were last changed, in epoch milliseconds. */
export interface Opened {
  changedAt?: number;
}

/** Refuses a login or a check: deletes the session row, if there is one, and resolves with null. */
export type Refuse<S extends Opened> = (session: S) => Promise<null>;

/**
 * Completes a login after the password has matched `user.passwordHash`. Resolves with null if the password was changed meanwhile.
 * `store` inserts the session row, and does nothing for a JWT.
 */
export const finishLogin = async <S extends Opened>({
  users,
  user,
  session,
  store,
  refuse,
}: {
  readonly users: { findOne(filter: { readonly _id: User['_id'] }): Promise<User | null> };
  /** The user as the login read it, in one read, because hash and `credentialsChangedAt` belong together. */
  readonly user: User;
  readonly session: S;
  readonly store: (session: S) => Promise<unknown>;
  readonly refuse: Refuse<S>;
}): Promise<S | null> => {
  // 1. Login: session row and JWT keep what was read together with the hash that matched.
  session.changedAt = user.credentialsChangedAt?.getTime() ?? 0;
  await store(session);
  // 2. Login, once the session is stored, and before a JWT is signed: read the user again, from the primary.
  const current = await users.findOne({ _id: user._id });
  // 3. Another password by now? Then delete the session again and answer as to a wrong password.
  if (current?.passwordHash !== user.passwordHash) return refuse(session);
  return session;
};

/** Checks a session or a JWT at each use. `user` is the user as stored now. Resolves with null if the session has ended. */
export const checkOpened = async <S extends Opened>(
  session: S,
  user: User,
  refuse: Refuse<S>,
): Promise<User | null> => {
  // 4. Every check of a session or a JWT, with its user: opened with today's credentials, or over.
  if ((session.changedAt ?? 0) !== (user.credentialsChangedAt?.getTime() ?? 0)) return refuse(session);
  return user;
};
