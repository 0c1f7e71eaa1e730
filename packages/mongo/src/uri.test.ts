import { describe, expect, it } from 'vitest';
import { withoutConcerns } from './uri.ts';

describe('a connection string', () => {
  it.each([
    ['mongodb://u:p@h:1,h:2/db', 'mongodb://u:p@h:1,h:2/db'],
    ['mongodb://h/db?w=0', 'mongodb://h/db'],
    [
      'mongodb://h/db?replicaSet=rs0&W=1&tls=true&readPreferenceTags=a:b&readPreferenceTags=',
      'mongodb://h/db?replicaSet=rs0&tls=true',
    ],
    ['mongodb+srv://h/?journal=false&appName=w', 'mongodb+srv://h/?appName=w'],
  ])('keeps where to connect and loses how to write: %s', (uri, kept) => {
    expect(withoutConcerns(uri)).toBe(kept);
  });
});
