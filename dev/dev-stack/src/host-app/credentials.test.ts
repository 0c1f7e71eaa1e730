import { ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { checkOpened, finishLogin, type Opened } from './credentials.ts';
import type { User } from './users.ts';

const ADA = {
  _id: new ObjectId(),
  email: 'ada@acme.test',
  name: 'Ada',
  locale: 'en',
  disabled: false,
  passwordHash: 'old',
};
const CHANGED: User = { ...ADA, passwordHash: 'new', credentialsChangedAt: new Date(1_000) };

/** A host with one user and its sessions. */
const createHost = (user: User | null) => {
  const sessions = new Set<Opened>();
  const host = { user };
  const refuse = async (session: Opened): Promise<null> => {
    sessions.delete(session);
    return null;
  };
  const users = { findOne: async () => host.user };
  const store = async (session: Opened) => sessions.add(session);

  return {
    host,
    sessions,
    refuse,
    /** `meanwhile` is called after the session was stored. */
    logIn: (seen: User, meanwhile = () => {}) =>
      finishLogin({
        users,
        user: seen,
        session: {},
        store: (session: Opened) => store(session).then(meanwhile),
        refuse,
      }),
  };
};

describe('the lines that a host adds', () => {
  it.each([
    ['another password', CHANGED],
    ['no row any more', null],
  ])(
    'refuse a login whose user has %s by the time its session is stored, and delete the session [T-33]',
    async (_, now) => {
      const { host, sessions, logIn } = createHost(ADA);
      const session = await logIn(ADA, () => {
        host.user = now;
      });

      expect(session).toBeNull();
      expect(sessions.size).toBe(0);
    },
  );

  it('refuse what the old password opened, although nobody deleted it, however close to the change it was [T-33]', async () => {
    const { host, logIn, refuse } = createHost(ADA);
    const session = await logIn(ADA);
    host.user = CHANGED;
    if (!session) throw new Error('not let in');

    expect(await checkOpened(session, CHANGED, refuse)).toBeNull();
    const again = { ...CHANGED, credentialsChangedAt: new Date(1_001) };
    const opened = await createHost(CHANGED).logIn(CHANGED);
    expect(await checkOpened(opened ?? {}, again, refuse)).toBeNull();
  });

  it('take a login with the new password at once and for good, whatever the clocks say [T-33]', async () => {
    for (const ms of [0, 1, Date.now(), Date.now() + 3_600_000]) {
      const user = { ...CHANGED, credentialsChangedAt: new Date(ms) };
      const { logIn, refuse } = createHost(user);

      expect(await checkOpened((await logIn(user)) ?? {}, user, refuse)).toBe(user);
    }
  });

  it('take what was opened before they were there, until the credentials change', async () => {
    const { refuse } = createHost(ADA);

    expect(await checkOpened({}, ADA, refuse)).toBe(ADA);
    expect(await checkOpened({}, CHANGED, refuse)).toBeNull();
  });
});
