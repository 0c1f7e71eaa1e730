import { HasherBusyError } from '@latchkey/password-reset';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswordHasher, type HasherPool } from './password-hasher.ts';

const FROM = { client: { network: '192.0.2.1/32', wideNetwork: null, stored: null } };

let hasher: HasherPool;
beforeAll(() => {
  hasher = createPasswordHasher({ cost: 4, threads: 1 });
});
afterAll(() => hasher.close());

describe('the hasher', () => {
  it.each(['$2a$', '$2b$', '$2y$'])(
    'keeps the prefix %s, so that the host can still read its hashes',
    async (prefix) => {
      const hash = await hasher.hash('correct horse', prefix, FROM);

      expect(hash).toMatch(/^\$2[aby]\$04\$[./A-Za-z0-9]{53}$/);
      expect(hash.startsWith(prefix)).toBe(true);
      expect(bcrypt.compareSync('correct horse', hash)).toBe(true);
    },
  );

  it('takes the prefix from a whole hash, too', async () => {
    expect(await hasher.hash('x', bcrypt.hashSync('y', 4), FROM)).toMatch(/^\$2b\$04\$/);
  });

  it('replaces nothing that is not bcrypt', async () => {
    await expect(hasher.hash('x', '$argon2id$v=19$m=65536', FROM)).rejects.toThrow('bcrypt');
  });

  it('tells the right password from a wrong one', async () => {
    const hash = bcrypt.hashSync('pässword 🔑', 4);

    expect(await hasher.matches('pässword 🔑', hash, FROM)).toBe(true);
    expect(await hasher.matches('password', hash, FROM)).toBe(false);
  });

  it('never hashes two passwords alike [T-32]', async () => {
    expect(await hasher.hash('same', '$2b$', FROM)).not.toBe(await hasher.hash('same', '$2b$', FROM));
  });

  it('says that it is busy when its queue is full, and goes on [T-32]', async () => {
    const small = createPasswordHasher({ cost: 8, threads: 1, maxQueue: 1 });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => small.hash('x', '$2b$', FROM)));
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );

    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(6);
    for (const reason of refused) expect(reason).toBeInstanceOf(HasherBusyError);
    expect(await small.hash('x', '$2b$', FROM)).toMatch(/^\$2b\$08\$/);
    await small.close();
  });
});
