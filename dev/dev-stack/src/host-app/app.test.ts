import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../mongo/start-embedded.ts';
import { withDatabase } from '../mongo/with-database.ts';
import { createHostApp } from './app.ts';
import { DEMO_ACCOUNTS, seed } from './seed.ts';
import type { User } from './users.ts';

describe('the host app', () => {
  const closers: (() => Promise<unknown>)[] = [];
  let db: Db;
  let url: string;

  beforeAll(async () => {
    const mongo = await startEmbedded();
    closers.push(mongo.stop);
    const client = await MongoClient.connect(withDatabase(mongo.uri, 'host'));
    closers.push(() => client.close());
    db = client.db();
    await seed(db);

    const server = createServer(createHostApp(db)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closers.push(async () => server.close());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  const post = (body: string, path = '/login') => fetch(`${url}${path}`, { method: 'POST', body });
  const logIn = async (email: string, password: string | null, path = '/login'): Promise<string> => {
    const response = await post(JSON.stringify({ email, password }), path);
    expect(response.status).toBe(200);
    return JSON.parse(await response.text()).token;
  };
  const me = (token: string) => fetch(`${url}/me`, { headers: { Authorization: `Bearer ${token}` } });
  const account = (email: string) => {
    const found = DEMO_ACCOUNTS.find((candidate) => candidate.email === email);
    if (found === undefined) throw new Error('no such demo account');
    return found;
  };
  const changeCredentials = (email: string, at: Date) =>
    db.collection<User>('users').updateOne({ email }, { $set: { credentialsChangedAt: at } });

  it('knows who sent a session of its own, and nobody else', async () => {
    const { email, password } = account('bruno@acme.test');
    const token = await logIn(email, password);

    expect(await (await me(token)).json()).toEqual({ email, name: 'Bruno' });
    expect((await me('something-else')).status).toBe(401);
    expect((await fetch(`${url}/me`)).status).toBe(401);
  });

  it('refuses a wrong password, a stranger, a disabled account and one that signs in elsewhere, all alike', async () => {
    const answers = await Promise.all(
      [
        { email: 'bruno@acme.test', password: 'wrong' },
        { email: 'nobody@acme.test', password: 'wrong' },
        { email: 'dora@acme.test', password: account('dora@acme.test').password },
        { email: 'sofia@acme.test', password: '' },
        { email: 'sofia@acme.test', password: 'nobody' },
      ].map(async (body) => {
        const response = await post(JSON.stringify(body));
        return [response.status, await response.text()];
      }),
    );

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.[0]).toBe(401);
  });

  it('knows the bearer of a JWT of its own, and takes none that was changed or signed by others', async () => {
    const { email, password } = account('bruno@acme.test');
    const jwt = await logIn(email, password, '/token');
    const [header, payload, signature] = jwt.split('.');

    expect(await (await me(jwt)).json()).toEqual({ email, name: 'Bruno' });
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    const other = Buffer.from(JSON.stringify({ ...claims, iat: 0 })).toString('base64url');
    for (const forged of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      '..',
    ])
      expect((await me(forged)).status).toBe(401);
  });

  it('refuses a session from before the change of credentials even if nobody deleted it, and takes a later one [T-33]', async () => {
    const { email, password } = account('ada@acme.test');
    for (const path of ['/login', '/token']) {
      const old = await logIn(email, password, path);
      expect((await me(old)).status).toBe(200);
      await changeCredentials(email, new Date());
      expect((await me(old)).status).toBe(401);

      // The login is within the same second as the change, like a session that is opened right after a reset.
      expect((await me(await logIn(email, password, path))).status).toBe(200);
    }
  });

  it('takes no operators, no broken JSON and no large bodies as credentials', async () => {
    for (const body of [
      '{',
      '{"email":{"$gt":""},"password":{"$gt":""}}',
      JSON.stringify('x'.repeat(20_000)),
    ]) {
      expect((await post(body)).status).toBe(400);
    }
  });

  it('seeds once: an account that is there keeps its password', async () => {
    const users = db.collection<User>('users');
    const before = await users.find().sort({ email: 1 }).toArray();
    await seed(db);

    expect(await users.find().sort({ email: 1 }).toArray()).toEqual(before);
    expect(before).toHaveLength(DEMO_ACCOUNTS.length);
  });
});
