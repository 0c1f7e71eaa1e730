import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { withDatabase } from './with-database.ts';

const userSource = (uri: string) => new MongoClient(uri).options.credentials?.source;

describe('another database in the same connection string', () => {
  it.each([
    ['mongodb://127.0.0.1:1/test?replicaSet=rs0', 'mongodb://127.0.0.1:1/demo?replicaSet=rs0'],
    ['mongodb://a:1,b:2', 'mongodb://a:1,b:2/demo'],
    [
      'mongodb://u:p%2F@a:1,b:2/?replicaSet=rs0',
      'mongodb://u:p%2F@a:1,b:2/demo?replicaSet=rs0&authSource=admin',
    ],
    ['mongodb+srv://u:p@cluster.test/prod?x=1', 'mongodb+srv://u:p@cluster.test/demo?x=1'],
  ])('turns %s into %s', (uri, expected) => {
    expect(withDatabase(uri, 'demo')).toBe(expected);
  });

  it.each([
    'mongodb://u:p@a:1',
    'mongodb://u:p@a:1/?w=majority',
    'mongodb://u:p@a:1/app',
    'mongodb://u:p@a:1/app?authSource=users',
    'mongodb://u:p@a:1/app?authMechanism=SCRAM-SHA-256',
    'mongodb://u@a:1/app?authMechanism=MONGODB-X509&tls=true',
  ])('looks for the user of %s where it was looked for before', (uri) => {
    expect(userSource(withDatabase(uri, 'demo'))).toBe(userSource(uri));
  });

  it('refuses anything else without repeating it', () => {
    expect(() => withDatabase('redis://secret@a', 'demo')).toThrow(/^not a MongoDB connection string$/);
  });
});
