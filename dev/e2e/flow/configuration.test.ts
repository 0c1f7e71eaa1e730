import { randomBytes } from 'node:crypto';
import { onMongo, testDatabase } from '@latchkey/test-kit/mongo';
import { type MongoProxy, startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import type { Document } from 'bson';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToItsEnd } from '../harness/spawn-app.ts';

const key = randomBytes(32).toString('base64');
const tokenKey = randomBytes(32).toString('base64');
/** A complete and correct configuration for production. No server listens at these addresses. */
const COMPLETE = {
  MONGODB_URI: 'mongodb://127.0.0.1:9/app',
  REDIS_URL: 'redis://127.0.0.1:9',
  IDENTIFIER_HMAC_KEY: key,
};
const API = { ...COMPLETE, SESSIONS_COLLECTION: 'sessions' };
const WORKER = {
  ...COMPLETE,
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: '"Acme" <no-reply@acme.test>',
  PUBLIC_WEB_URL: 'https://acme.test',
  RESET_TOKEN_KEYS: `k1:${tokenKey}`,
};

/** The lines of the list of problems, without their indentation. */
const problems = (output: string): readonly string[] => {
  const parts = output.split('The configuration cannot be used:\n');
  expect(parts, output).toHaveLength(2);
  return (parts[1] ?? '').split('\n').map((line) => line.trim());
};
const namesIn = (output: string) => problems(output).map((line) => line.split(' ')[0]);

describe('a configuration that cannot be used', () => {
  it('ends the api with 78 and lists everything that is missing at once, a line per name', async () => {
    const { code, output } = await runToItsEnd('api', {});

    expect(code).toBe(78);
    expect(namesIn(output)).toEqual([
      'IDENTIFIER_HMAC_KEY',
      'MONGODB_URI',
      'REDIS_URL',
      'SESSIONS_COLLECTION',
    ]);
  });

  it('ends the worker with 78 and lists everything that is missing at once, a line per name', async () => {
    const { code, output } = await runToItsEnd('worker', {});

    expect(code).toBe(78);
    expect(namesIn(output)).toEqual([
      'IDENTIFIER_HMAC_KEY',
      'MAIL_FROM',
      'MONGODB_URI',
      'PUBLIC_WEB_URL',
      'REDIS_URL',
      'RESET_TOKEN_KEYS',
      'SMTP_URL',
    ]);
  });

  it('lets the api list everything that is wrong at once, and show no value', async () => {
    const wrong = {
      MONGODB_URI: 'postgres://hunter2@db/app',
      REDIS_URL: 'http://hunter2',
      IDENTIFIER_HMAC_KEY: 'hunter2',
      SESSIONS_COLLECTION: 'sessions',
      TRUSTED_PROXIES: 'hunter2',
      CORS_ORIGINS: '*,hunter2',
      LIMIT_REQUEST_PER_NETWORK: 'hunter2',
      RESET_LINK_TTL: 'hunter2',
      BCRYPT_COST: '4',
      LOG_LEVEL: 'hunter2',
      METRICS_TOKEN: 'hunter2',
      USERS_PASSWORD_FIELD: 'email',
    };

    const { code, output } = await runToItsEnd('api', wrong);

    expect(code).toBe(78);
    const { SESSIONS_COLLECTION: _fine, ...expected } = wrong;
    expect(namesIn(output)).toEqual(Object.keys(expected).sort());
    expect(output).not.toContain('hunter2');
  });

  it('lets the worker list everything that is wrong at once, and show no value', async () => {
    const wrong = {
      ...WORKER,
      PUBLIC_WEB_URL: 'http://hunter2.test',
      MAIL_FROM: 'hunter2',
      RESET_TOKEN_KEYS: `k1:${key},k1:hunter2`,
      SMTP_URL: 'ftp://hunter2',
      RECONCILE_AFTER: 'hunter2',
      WORKER_CONCURRENCY: '0',
      // The metrics would be readable for everyone.
      METRICS_HOST: '0.0.0.0',
    };

    const { code, output } = await runToItsEnd('worker', wrong);

    expect(code).toBe(78);
    expect(namesIn(output)).toEqual([
      'MAIL_FROM',
      'METRICS_TOKEN',
      'PUBLIC_WEB_URL',
      'RECONCILE_AFTER',
      'RESET_TOKEN_KEYS',
      'SMTP_URL',
      'WORKER_CONCURRENCY',
    ]);
    expect(output).not.toContain('hunter2');
    expect(output).not.toContain(key);
  });

  it.each(['Development', ''])(
    'NODE_ENV=%s is production: no cheap hashes, sessions must be named',
    async (mode) => {
      const { code, output } = await runToItsEnd('api', { ...COMPLETE, NODE_ENV: mode, BCRYPT_COST: '4' });

      expect(code).toBe(78);
      expect(namesIn(output)).toEqual(['BCRYPT_COST', 'SESSIONS_COLLECTION']);
    },
  );
});

describe(`a database that cannot be used, ${onMongo()}`, () => {
  const database = testDatabase('e2e');
  let standalone: MongoProxy;
  beforeAll(async () => {
    standalone = await startMongoProxy({ target: database.uri, rewrite: withoutSet });
  });
  afterAll(async () => {
    await standalone?.stop();
    await database.stop();
  });

  it.each([
    ['api', API],
    ['worker', WORKER],
  ] as const)(
    'standalone MongoDB ends the %s at once with 69 and the command that helps',
    async (name, env) => {
      const { code, output } = await runToItsEnd(name, {
        ...env,
        MONGODB_URI: standalone.uri(database.name),
      });

      expect(code).toBe(69);
      expect(output).toContain('MongoDB runs standalone, not as a replica set');
      expect(output).toContain('mongosh --eval "rs.initiate()"');
      // What a wait for an engine says after two seconds, and when it gives up.
      expect(output).not.toContain('engine.waiting');
      expect(output).not.toContain('not reachable for');
    },
  );

  it('sessions without the configured field end the api with 78 and name the variable', async () => {
    const client = await MongoClient.connect(database.uri);
    await client.db().collection('sessions').insertOne({ userId: 'somebody' });
    await client.close();

    const { code, output } = await runToItsEnd('api', {
      ...API,
      MONGODB_URI: database.uri,
      SESSIONS_USER_FIELD: 'user_id',
    });

    expect(code).toBe(78);
    expect(problems(output)[0]).toMatch(/^SESSIONS_USER_FIELD/);
  });
});

/** Changes the reply of a server into that of a server without a replica set. */
const withoutSet = (reply: Document): Document => {
  const { setName: _name, setVersion: _version, hosts: _hosts, primary: _primary, me: _me, ...rest } = reply;
  return rest;
};
