import { describe, expect, it } from 'vitest';
import { withDatabase } from './with-database.ts';

describe('another database in the same connection string', () => {
  it.each([
    ['mongodb://127.0.0.1:1/test?replicaSet=rs0', 'mongodb://127.0.0.1:1/demo?replicaSet=rs0'],
    ['mongodb://a:1,b:2', 'mongodb://a:1,b:2/demo'],
    ['mongodb://u:p%2F@a:1,b:2/?w=majority', 'mongodb://u:p%2F@a:1,b:2/demo?w=majority'],
    ['mongodb+srv://u:p@cluster.test/prod?x=1', 'mongodb+srv://u:p@cluster.test/demo?x=1'],
  ])('turns %s into %s', (uri, expected) => {
    expect(withDatabase(uri, 'demo')).toBe(expected);
  });

  it('refuses anything else without repeating it', () => {
    expect(() => withDatabase('redis://secret@a', 'demo')).toThrow(/^not a MongoDB connection string$/);
  });
});
