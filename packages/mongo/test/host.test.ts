import type { HostCollections } from '@latchkey/settings';
import { mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { checkSessions, createMongoStore, inspectHost } from '../src/index.ts';
import { encodeUserId, type StoredUserId } from '../src/user-id.ts';
import { backend, startTestMongo, type TestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';

const { Binary, Decimal128, Long, ObjectId, UUID } = mongo;
const NOW = new Date('2026-01-05T10:00:00.000Z');

describe(`a host's data on ${backend}`, () => {
  let running: TestMongo;
  beforeAll(async () => {
    running = await startTestMongo();
  });
  afterAll(() => running?.stop());

  const collection = (name: string) => hostCollection(running.connection, name);
  const storeOf = (host: HostCollections = HOST) =>
    createMongoStore({ connection: running.connection, host });
  const hostWith = (
    users: Partial<HostCollections['users']>,
    sessions: HostCollections['sessions'] = null,
  ) => ({
    users: { ...HOST.users, ...users },
    sessions,
  });
  const only = async (store: ReturnType<typeof storeOf>, typed: string) => {
    const [account, ...others] = await store.users.findByAddress(typed);
    if (!account || others.length > 0) throw new Error('expected exactly one account');
    return account;
  };

  it.each<[string, StoredUserId, string]>([
    ['ObjectId', new ObjectId(), 'objectid'],
    ['string', 'user-7', 'string'],
    ['string of digits', '4711', 'digits'],
    ['number', 4711, 'number'],
    ['64-bit integer', Long.fromString('9007199254740993'), 'long'],
    ['UUID', new UUID().toBinary(), 'uuid'],
    ['legacy UUID', new Binary(Buffer.alloc(16, 7), 3), 'legacy'],
  ])('works for users whose _id is a %s', async (_, _id, name) => {
    const store = storeOf();
    const email = `${name}@ids.example.com`;
    await collection('users').insertOne({ _id, email, passwordHash: 'old' });

    const account = await only(store, email);
    expect(account.userId).toBe(encodeUserId(_id));
    expect(await store.users.findById(account.userId)).toEqual(account);
    await store.transaction(async (tx) => {
      await tx.accountLocks.lock(account.userId, NOW);
      await tx.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW });
    });

    expect(await collection('users').findOne({ email })).toEqual({
      _id,
      email,
      passwordHash: 'new',
      credentialsChangedAt: NOW,
    });
    expect(await collection('latchkey_accounts').findOne({ _id })).toMatchObject({ locks: 1 });
  });

  it('keeps a number and its digits apart, in users and in their account locks', async () => {
    const users = collection('apart');
    await users.insertMany([
      { _id: 1, email: 'number@example.com' },
      { _id: '1', email: 'digits@example.com' },
    ]);
    const store = storeOf(hostWith({ collection: 'apart' }));

    expect((await store.users.findById('n:1'))?.address).toBe('number@example.com');
    expect((await store.users.findById('s:1'))?.address).toBe('digits@example.com');
  });

  it('locks nothing of a user but the password and the time it changed', async () => {
    const user = {
      _id: new ObjectId(),
      email: 'whole@example.com',
      zeta: 1,
      passwordHash: 'old',
      active: 1,
      balance: Decimal128.fromString('10.50'),
      visits: Long.fromString('9007199254740993'),
      tags: ['b', 'a', null],
      nested: { z: 1, a: { deep: new Date(5) }, nothing: null },
      picture: new Binary(Buffer.from([0, 1, 2])),
      'with space': true,
      alpha: 2,
    };
    await collection('users').insertOne(user);
    const store = storeOf();

    const account = await only(store, user.email);
    await store.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW });

    const stored = await collection('users').findOne({ _id: user._id });
    const expected = { ...user, passwordHash: 'new', credentialsChangedAt: NOW };
    expect(stored).toEqual(expected);
    expect(Object.keys(stored ?? {})).toEqual(Object.keys(expected));
  });

  it('works through dotted paths', async () => {
    const store = storeOf(
      hostWith({
        collection: 'dotted',
        emailField: 'profile.email',
        passwordField: 'auth.hash',
        activeField: '!auth.lockedAt',
        credentialsChangedAtField: 'auth.changedAt',
        nameField: 'profile.name',
        localeField: null,
      }),
    );
    const _id = new ObjectId();
    const profile = { email: 'dot@example.com', name: 'Dot', plan: 'free' };
    await collection('dotted').insertOne({ _id, profile, auth: { hash: 'old', salt: 'x' } });

    const account = await only(store, 'DOT@example.com');
    expect(account).toMatchObject({ name: 'Dot', active: true, locale: null });
    expect(await store.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW })).toBe(
      true,
    );
    expect(await collection('dotted').findOne({ _id })).toEqual({
      _id,
      profile,
      auth: { hash: 'new', salt: 'x', changedAt: NOW },
    });
  });

  it('writes the moment of the change into a sub-document that is null, and into no list', async () => {
    const store = storeOf(hostWith({ collection: 'nulls', credentialsChangedAtField: 'a.b.changedAt' }));
    const write = async (_id: string, a: unknown) => {
      const email = `${_id}@nulls.example.com`;
      await collection('nulls').insertOne({
        _id,
        email,
        passwordHash: 'old',
        ...(a === undefined ? {} : { a }),
      });
      const account = await only(store, email);
      await store.transaction((tx) =>
        tx.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW }),
      );
      return (await collection('nulls').findOne({ _id }))?.['a'];
    };

    expect(await write('outer', null)).toEqual({ b: { changedAt: NOW } });
    expect(await write('inner', { z: 1, b: null, y: 2 })).toEqual({ z: 1, b: { changedAt: NOW }, y: 2 });
    expect(await write('missing', undefined)).toEqual({ b: { changedAt: NOW } });
    await expect(write('list', [null])).rejects.toThrow();
    expect(await collection('nulls').findOne({ _id: 'list' })).toMatchObject({ a: [null] });
  });

  it('finds nobody by an address that is kept in a list or an object', async () => {
    const odd = 'odd@example.com';
    await collection('odd').insertMany([
      { _id: 'list', email: [odd] },
      { _id: 'object', email: { value: odd } },
      { _id: 'pattern', email: /odd/ },
    ]);
    expect(await storeOf(hostWith({ collection: 'odd' })).users.findByAddress(odd)).toEqual([]);
  });

  it('reads no more accounts of one address than it takes to know that it is ambiguous', async () => {
    await collection('many').insertMany(
      Array.from({ length: 50 }, (_, index) => ({ _id: index, email: 'team@example.com' })),
    );
    const accounts = await storeOf(hostWith({ collection: 'many' })).users.findByAddress('team@example.com');
    expect(accounts.length).toBeGreaterThan(1);
    expect(accounts.length).toBeLessThanOrEqual(10);
  });

  it('finds the account that is stored exactly as typed behind any number of others in lower case', async () => {
    await collection('guests').insertMany([
      ...Array.from({ length: 30 }, (_, index) => ({ _id: index, email: 'bob@example.com' })),
      { _id: 'registered', email: 'Bob@Example.com' },
    ]);
    const accounts = await storeOf(hostWith({ collection: 'guests' })).users.findByAddress('Bob@Example.com');
    expect(accounts.filter(({ address }) => address === 'Bob@Example.com')).toMatchObject([
      { userId: 's:registered' },
    ]);
  });

  it.each([[{ $gt: '' }], [{ $ne: null }], [['a@example.com']], [{ $regex: '.*' }], [null]])(
    'never lets %j act as a condition',
    async (input) => {
      const store = storeOf();
      const smuggled = input as unknown as string;
      const claim = { leaseId: 'x', now: NOW, leaseUntil: NOW, dueAt: NOW };
      const mail = { messageId: '<x>', templateVersion: 1 };

      await expect(store.users.findByAddress(smuggled)).rejects.toThrow(TypeError);
      await expect(store.users.findById(smuggled)).rejects.toThrow(TypeError);
      await expect(store.tokens.find(smuggled)).rejects.toThrow(TypeError);
      await expect(
        store.tokens.reserve({
          tokenHash: smuggled,
          reservationId: 'x',
          now: NOW,
          busyUntil: NOW,
          maxAttempts: 10,
        }),
      ).rejects.toThrow(TypeError);
      await expect(store.requests.find(smuggled)).rejects.toThrow(TypeError);
      await expect(store.requests.claim({ requestId: smuggled, ...claim })).rejects.toThrow(TypeError);
      await expect(store.deliveries.claim({ deliveryId: smuggled, ...claim, ...mail })).rejects.toThrow(
        TypeError,
      );
      await expect(store.sessions.revokeAll(smuggled)).rejects.toThrow(TypeError);
    },
  );

  it('takes text that looks like an operator or a path for the text that it is', async () => {
    const store = storeOf();
    for (const typed of ['$where', '$gt', '{"$gt":""}', 'profile.email', '\u0000']) {
      expect(await store.users.findByAddress(typed)).toEqual([]);
      expect(await store.tokens.find(typed)).toBeUndefined();
    }
  });

  it.each([
    ['a flag that appears', {}, { active: null }],
    ['a flag that goes', { active: null }, undefined],
    ['another truthy flag', { active: 1 }, { active: 'yes' }],
  ])('writes nothing after %s', async (_, before, after) => {
    const _id = new ObjectId();
    const email = `${_id.toHexString()}@example.com`;
    await collection('users').insertOne({ _id, email, passwordHash: 'old', ...before });
    const store = storeOf();
    const account = await only(store, email);
    await collection('users').updateOne({ _id }, after ? { $set: after } : { $unset: { active: 1 } });

    expect(await store.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW })).toBe(
      false,
    );
  });

  it.each([
    ['a date', NOW],
    ['a number of seconds', 1_760_000_000],
    ['a 64-bit number', Long.fromString('9007199254740993')],
    ['text', '2025-01-05T10:00:00Z'],
    ['nothing', null],
    ['something else', { by: 'hand' }],
  ])('replaces the moment of the last change while it is what was read: %s', async (_, changedAt) => {
    const _id = new ObjectId();
    const email = `${_id.toHexString()}@example.com`;
    const user = { _id, email, passwordHash: 'old', credentialsChangedAt: changedAt };
    await collection('users').insertOne(user);
    const store = storeOf();
    const account = await only(store, email);
    const write = () =>
      store.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: new Date(0) });

    await collection('users').updateOne({ _id }, { $set: { credentialsChangedAt: new Date(7) } });
    expect(await write()).toBe(false);
    await collection('users').updateOne({ _id }, { $set: { credentialsChangedAt: changedAt } });
    expect(await write()).toBe(true);
  });

  it('writes again after a flag that was missing is missing still', async () => {
    const _id = new ObjectId();
    const email = `${_id.toHexString()}@example.com`;
    await collection('users').insertOne({ _id, email, passwordHash: 'old' });
    const store = storeOf();
    const account = await only(store, email);
    expect(await store.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW })).toBe(
      true,
    );
  });

  /** A server whose collections have these options, as far as it is asked. */
  const answerOptions = (options: object) =>
    vi
      .spyOn(mongo.Db.prototype, 'listCollections')
      .mockImplementation(({ name } = {}) => ({ toArray: async () => [{ name, options }] }) as never);
  const INSENSITIVE = { collation: { locale: 'en', strength: 2 } };
  afterEach(() => vi.restoreAllMocks());

  it('writes passwords and ends sessions by comparing bytes, whatever collation a collection has [T-33]', async () => {
    const listed = answerOptions(INSENSITIVE);
    // Answered here, since not every engine of these tests accepts a collation in a write.
    const written = {
      acknowledged: true,
      matchedCount: 1,
      modifiedCount: 1,
      upsertedCount: 0,
      upsertedId: null,
    };
    const updateOne = vi.spyOn(mongo.Collection.prototype, 'updateOne').mockResolvedValue(written);
    const deleted = { acknowledged: true, deletedCount: 0 };
    const deleteMany = vi.spyOn(mongo.Collection.prototype, 'deleteMany').mockResolvedValue(deleted);
    const _id = 'Bob';
    const email = 'bob@bytes.example.com';
    await collection('bytes').insertOne({ _id, email, passwordHash: 'old', nested: null });
    const userFields = { collection: 'bytes', credentialsChangedAtField: 'nested.changedAt' };
    const store = storeOf(hostWith(userFields, { collection: 'bytes-sessions', userField: 'userId' }));
    const account = await only(store, email);
    const change = { account, passwordHash: 'new', credentialsChangedAt: NOW };

    expect(await store.users.setPassword(change)).toBe(true);
    await store.sessions.revokeAll(account.userId);

    const options = [...updateOne.mock.calls, ...deleteMany.mock.calls].map(([, , third]) => third);
    const ofDelete = deleteMany.mock.calls.map(([, second]) => second);
    for (const given of [...options.slice(0, updateOne.mock.calls.length), ...ofDelete])
      expect(given).toMatchObject({ collation: { locale: 'simple' } });
    expect([updateOne.mock.calls.length, deleteMany.mock.calls.length]).toEqual([2, 1]);
    expect(listed.mock.calls.map(([filter]) => filter)).toEqual([
      { name: 'bytes' },
      { name: 'bytes-sessions' },
    ]);
  });

  it('names no collation where a collection has none, since not every server accepts one in a write', async () => {
    const updateOne = vi.spyOn(mongo.Collection.prototype, 'updateOne');
    const deleteMany = vi.spyOn(mongo.Collection.prototype, 'deleteMany');
    const email = 'plain@bytes.example.com';
    await collection('users').insertOne({ _id: 'plain', email, passwordHash: 'old' });
    const store = storeOf(hostWith({}, { collection: 'bytes-sessions', userField: 'userId' }));
    const account = await only(store, email);

    await store.users.setPassword({ account, passwordHash: 'new', credentialsChangedAt: NOW });
    await store.sessions.revokeAll(account.userId);

    expect(updateOne.mock.calls.map(([, , options]) => options)).toHaveLength(1);
    expect(JSON.stringify([updateOne.mock.calls, deleteMany.mock.calls])).not.toContain('collation');
  });

  it.each([
    [13, 'not authorized on app to execute command'],
    [8000, 'user is not allowed to do action [listCollections] on [app.]'],
  ])(
    'compares bytes by option where the database user may not list collections: %s',
    async (code, errmsg) => {
      const refused = new mongo.MongoServerError({ code, errmsg });
      vi.spyOn(mongo.Db.prototype, 'listCollections').mockImplementation(
        () => ({ toArray: () => Promise.reject(refused) }) as never,
      );
      const deleteMany = vi.spyOn(mongo.Collection.prototype, 'deleteMany').mockResolvedValue({
        acknowledged: true,
        deletedCount: 0,
      });

      await storeOf(hostWith({}, { collection: 'bytes-sessions', userField: 'userId' })).sessions.revokeAll(
        's:x',
      );
      expect(deleteMany.mock.calls[0]?.[1]).toMatchObject({ collation: { locale: 'simple' } });
    },
  );

  it('takes nobody for another whose id or address a collation calls equal [T-26]', async () => {
    const email = 'case@bytes.example.com';
    const lower = { _id: 'case', email, passwordHash: 'old' };
    // What a server answers for a collection whose collation does not tell capitals from small letters.
    const others = Array.from({ length: 10 }, (_, n) => ({
      ...lower,
      _id: `c${n}`,
      email: 'CASE@bytes.example.com',
    }));
    await collection('users').insertMany([lower, ...others]);
    const store = storeOf();
    answerOptions(INSENSITIVE);

    const findOne = vi.spyOn(mongo.Collection.prototype, 'findOne').mockResolvedValueOnce(lower);
    expect(await store.users.findById('s:CASE')).toBeUndefined();
    expect(await store.users.findById('s:case')).toMatchObject({ address: email });
    expect(findOne).toHaveBeenCalledTimes(2);

    const find = vi.spyOn(mongo.Collection.prototype, 'find');
    find.mockImplementationOnce(function (this: mongo.Collection, _filter, options) {
      return this.find({ _id: { $in: others.map(({ _id }) => _id) } } as object, options);
    });
    expect(await store.users.findByAddress(email)).toMatchObject([{ userId: 's:case' }]);
    expect(find.mock.calls.at(-1)?.[1]).toMatchObject({ collation: { locale: 'simple' } });
  });

  describe('sessions', () => {
    it('end by the id as stored and by its text, and nobody else’s', async () => {
      const [mine, other] = [new ObjectId(), new ObjectId()];
      const host = hostWith({}, { collection: 'mixed', userField: 'user.id' });
      await collection('mixed').insertMany([
        { _id: 'native', user: { id: mine } },
        { _id: 'text', user: { id: mine.toHexString() } },
        { _id: 'other', user: { id: other } },
        { _id: 'anonymous', user: null },
      ]);

      expect(await storeOf(host).sessions.revokeAll(encodeUserId(mine))).toBe(2);
      expect((await collection('mixed').find().toArray()).map(({ _id }) => _id)).toEqual([
        'other',
        'anonymous',
      ]);
    });

    const HEX = '65a1b2c3d4e5f60718293a4b';
    const UUID_TEXT = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const objectId = ObjectId.createFromHexString(HEX);
    const uuid = new UUID(UUID_TEXT).toBinary();
    const onlySession = async (user: StoredUserId, session: unknown) => {
      const name = new ObjectId().toHexString();
      await collection(`${name}-users`).insertOne({ _id: user });
      await collection(name).insertOne({ _id: 'a', userId: session });
      return hostWith({ collection: `${name}-users` }, { collection: name, userField: 'userId' });
    };

    it.each<[string, StoredUserId, unknown]>([
      ['an ObjectId, for a user whose _id is its hex', HEX, objectId],
      ['the hex of an ObjectId', objectId, HEX],
      ['that hex in capitals', objectId, HEX.toUpperCase()],
      ['a UUID, for a user whose _id is its text', UUID_TEXT, uuid],
      ['the text of a UUID', uuid, UUID_TEXT],
      ['that text in capitals', uuid, UUID_TEXT.toUpperCase()],
      ['a UUID in capitals, for a user who has it in small letters', UUID_TEXT, UUID_TEXT.toUpperCase()],
      ['the digits of a number', 42, '42'],
      ['one of several ids', HEX, ['nobody', objectId]],
    ])('are found and ended when they hold %s [T-33]', async (_, user, session) => {
      const host = await onlySession(user, session);

      expect(await checkSessions(running.connection, host)).toBe(1);
      expect(await storeOf(host).sessions.revokeAll(encodeUserId(user))).toBe(1);
    });

    it.each<[string, StoredUserId, unknown]>([
      ['a word and the id', objectId, `user:${HEX}`],
      ['an address', objectId, 'ada@example.com'],
      ['the id of nobody', objectId, new ObjectId()],
      ['a number, for a user whose _id is its digits', '42', 42],
    ])('stop the boot when they hold %s, and the error says what to do [T-33]', async (_, user, session) => {
      const host = await onlySession(user, session);

      await expect(checkSessions(running.connection, host)).rejects.toMatchObject({
        code: 'CONFIG',
        problems: [
          expect.stringMatching(
            /SESSIONS_USER_FIELD: .*no _id of a user in the users collection.*USERS_COLLECTION/s,
          ),
        ],
      });
      expect(await storeOf(host).sessions.revokeAll(encodeUserId(user))).toBe(0);
    });

    it('are left alone when the host keeps none here', async () => {
      expect(await storeOf(hostWith({}, null)).sessions.revokeAll('s:ada')).toBe(0);
      expect(await checkSessions(running.connection, hostWith({}, null))).toBe(0);
    });

    it('stop the boot when no row has an id in the field, and the error says what to do', async () => {
      await collection('stores').insertOne({ _id: 'a', session: '{"userId":"7"}' });
      await collection('store-users').insertOne({ _id: '7' });
      const host = hostWith({ collection: 'store-users' }, { collection: 'stores', userField: 'userId' });

      await expect(checkSessions(running.connection, host)).rejects.toMatchObject({
        code: 'CONFIG',
        problems: [expect.stringMatching(/SESSIONS_USER_FIELD.*SESSIONS_COLLECTION=none/s)],
      });
      await collection('stores').insertOne({ _id: 'r', userId: { $ref: 'users', $id: '7' } });
      await expect(checkSessions(running.connection, host)).rejects.toMatchObject({ code: 'CONFIG' });
      await collection('stores').insertOne({ _id: 'b', userId: '7' });
      expect(await checkSessions(running.connection, host)).toBe(3);
      const elsewhere = { collection: 'not-there-yet', userField: 'userId' };
      expect(await checkSessions(running.connection, hostWith({}, elsewhere))).toBe(0);
    });
  });

  describe('the look at a host', () => {
    const BCRYPT = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
    const inspect = (name: string, options = {}) =>
      inspectHost(running.connection, hostWith({ collection: name }), options);

    it('counts formats and addresses, says what to do, and changes nothing', async () => {
      const users = [
        { _id: 1, email: 'ada@example.com', passwordHash: BCRYPT },
        { _id: 2, email: 'Bob@Example.com', passwordHash: BCRYPT.replace('$2b$', '$2a$') },
        { _id: 3, email: ' eve@example.com', passwordHash: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA' },
        { _id: 4, email: 'sso@example.com' },
        { _id: 5, email: { value: 'x@example.com' }, passwordHash: 'md5' },
      ];
      await collection('looked').insertMany(users);

      const report = await inspect('looked');
      expect(report).toMatchObject({
        users: 5,
        examined: 5,
        complete: true,
        passwordFormats: { 'bcrypt-2a': 1, 'bcrypt-2b': 1, argon2: 1, none: 1, other: 1, scrypt: 0 },
        addresses: { anyCase: 2, asStored: 1, unreachable: 2, missing: 0 },
        emailIndex: 'missing',
        sessionsIndex: null,
      });
      expect(report.advice).toEqual([
        expect.stringMatching(/^2 of 5 users can never ask/),
        expect.stringMatching(/^1 of 5 users get a link only when/),
        expect.stringMatching(/^2 of 5 users have a password hash that is not bcrypt/),
        expect.stringContaining('no index begins with USERS_EMAIL_FIELD'),
      ]);
      expect(JSON.stringify(report)).not.toContain('example.com');
      expect(await collection('looked').find().toArray()).toEqual(users);
    });

    it('says so when it has looked at a sample only', async () => {
      await collection('large').insertMany(
        Array.from({ length: 60 }, (_, index) => ({
          _id: index,
          email: `user${index}@example.com`,
          passwordHash: BCRYPT,
        })),
      );
      await collection('large').createIndex({ email: 1 });

      const report = await inspect('large', { sample: 20 });
      expect(report).toMatchObject({
        users: 60,
        examined: 20,
        complete: false,
        passwordFormats: { 'bcrypt-2b': 20 },
        addresses: { anyCase: 20 },
        emailIndex: 'ok',
        advice: [],
      });
    });

    it('tells an index that an exact look-up cannot use from one that it can', async () => {
      await collection('indexed').insertOne({ _id: 1, email: 'ada@example.com', passwordHash: BCRYPT });
      const partialFilterExpression = { email: { $exists: true } };
      await collection('indexed').createIndex({ email: 1 }, { partialFilterExpression });
      const sessions = { collection: 'indexed-sessions', userField: 'userId' };
      await collection(sessions.collection).createIndex({ userId: 1, at: 1 });

      expect(
        await inspectHost(running.connection, hostWith({ collection: 'indexed' }, sessions)),
      ).toMatchObject({
        emailIndex: 'unusable',
        sessionsIndex: 'ok',
        advice: [expect.stringContaining('USERS_EMAIL_FIELD has a collation or a partial filter')],
      });
      const elsewhere = { collection: 'indexed-sessions', userField: 'user' };
      expect(
        (await inspectHost(running.connection, hostWith({ collection: 'indexed' }, elsewhere))).advice,
      ).toEqual(
        expect.arrayContaining([expect.stringContaining('no index begins with SESSIONS_USER_FIELD')]),
      );
    });

    it('counts what it saw when the server’s own count has drifted', async () => {
      const users = Array.from({ length: 30 }, (_, _id) => ({
        _id,
        email: `${_id}@example.com`,
        passwordHash: BCRYPT,
      }));
      await collection('drifted').insertMany(users);
      await collection('drifted').createIndex({ email: 1 });
      const drift = vi.spyOn(mongo.Collection.prototype, 'estimatedDocumentCount');

      // As after an unclean shutdown.
      drift.mockResolvedValueOnce(0);
      expect(await inspect('drifted')).toMatchObject({ users: 30, examined: 30, complete: true, advice: [] });
      drift.mockResolvedValueOnce(7);
      expect(await inspect('drifted', { sample: 20 })).toMatchObject({
        users: 21,
        examined: 20,
        complete: false,
      });
      drift.mockResolvedValueOnce(1_000);
      expect(await inspect('drifted')).toMatchObject({ users: 1_000, examined: 30, complete: true });
      vi.restoreAllMocks();
    });

    it('says what the options of the collections mean for a reset', async () => {
      const host = hostWith(
        { collection: 'strict', activeField: null },
        { collection: 'strict-sessions', userField: 'userId' },
      );
      await collection('strict').insertOne({ _id: 'text', email: 'a@example.com', passwordHash: BCRYPT });
      await collection('strict').createIndex({ email: 1 });
      await collection('strict-sessions').createIndex({ userId: 1 });
      expect(await inspectHost(running.connection, host)).toMatchObject({ problems: [], advice: [] });

      const collation = { locale: 'en', strength: 2 };
      const listed = vi.spyOn(mongo.Db.prototype, 'listCollections');
      // The stand-in has no validators and no collations: what a server would answer.
      listed.mockReturnValueOnce({
        toArray: async () => [
          {
            name: 'strict',
            type: 'collection',
            options: {
              collation,
              validator: { $jsonSchema: { properties: {}, additionalProperties: false } },
            },
          },
          { name: 'strict-sessions', type: 'collection', options: { capped: true } },
        ],
      } as never);
      const report = await inspectHost(running.connection, host);
      expect(listed).toHaveBeenLastCalledWith({ name: { $in: ['strict', 'strict-sessions'] } });
      expect(report.problems).toEqual([
        expect.stringContaining('SESSIONS_COLLECTION names a capped collection'),
        expect.stringContaining('USERS_PASSWORD_FIELD'),
        expect.stringContaining('USERS_CREDENTIALS_CHANGED_AT_FIELD'),
      ]);
      // The index on the address has no collation, and the look-up has that of the collection.
      expect(report.advice).toEqual([
        expect.stringContaining('the index on USERS_EMAIL_FIELD'),
        expect.stringContaining('default collation'),
      ]);

      const refused = Object.assign(new mongo.MongoServerError({ message: 'not authorized' }), { code: 13 });
      listed.mockReturnValueOnce({ toArray: () => Promise.reject(refused) } as never);
      expect((await inspectHost(running.connection, host)).advice).toEqual([
        expect.stringContaining('may not list collections'),
      ]);
      vi.restoreAllMocks();
    });

    it('finds that no user has the field that USERS_ACTIVE_FIELD names, and says how many it looked at', async () => {
      const users = Array.from({ length: 30 }, (_, _id) => ({
        _id,
        email: `u${_id}@example.com`,
        disabled: _id === 7,
      }));
      await collection('misspelt').insertMany(users);
      const look = (activeField: string | null, options = {}) =>
        inspectHost(running.connection, hostWith({ collection: 'misspelt', activeField }), options);

      // cspell:ignore disbaled
      expect((await look('!disbaled')).problems).toEqual([
        expect.stringMatching(/^none of 30 users has the field that USERS_ACTIVE_FIELD names/),
      ]);
      for (const right of ['!disabled', 'disabled', 'email', null]) {
        expect((await look(right)).problems).toEqual([]);
      }

      // The one who has it need not be among those that were looked at; but a flag of everybody would be.
      const sampled = await look('!disbaled', { sample: 5 });
      expect(sampled.problems).toEqual([]);
      expect(sampled.advice).toContainEqual(
        expect.stringMatching(/^none of 5 users looked at \(a random sample of about 30\) has the field/),
      );
      expect((await look('active', { sample: 5 })).problems).toHaveLength(1);
    });

    it('finds an active flag that lies behind a list, where it cannot be read', async () => {
      await collection('listed').insertMany([
        { _id: 1, email: 'a@example.com', state: [{ disabled: true }] },
        { _id: 2, email: 'b@example.com', state: { disabled: false } },
      ]);

      const { problems } = await inspectHost(
        running.connection,
        hostWith({ collection: 'listed', activeField: '!state.disabled' }),
      );
      expect(problems).toEqual([expect.stringMatching(/^1 of 2 users .* USERS_ACTIVE_FIELD .* list/)]);
    });

    it('points at a name that leads nowhere', async () => {
      expect((await inspect('nowhere')).advice).toEqual([expect.stringContaining('USERS_COLLECTION')]);
      await collection('misnamed').insertOne({ _id: 1, mail: 'ada@example.com', pass: BCRYPT });
      expect((await inspect('misnamed')).advice).toEqual(
        expect.arrayContaining([
          expect.stringContaining('USERS_EMAIL_FIELD'),
          expect.stringContaining('USERS_PASSWORD_FIELD'),
        ]),
      );
    });
  });
});
