import { expect, it } from 'vitest';
import { parseDepends } from './debian-archive.ts';

it('the Debian archive is read with the first alternative of every dependency, without versions and qualifiers', () => {
  expect(
    parseDepends('libc6 (>= 2.34), libjemalloc2 (>= 4.0.0), adduser | sysusers, lua-cjson:any (>= 2.1)\n'),
  ).toEqual(['libc6', 'libjemalloc2', 'adduser', 'lua-cjson']);
  expect(parseDepends('')).toEqual([]);
});
