import { describe, expect, it } from 'vitest';
import { runsEverything, SELDOM_NEEDED, suitesLeftOut } from './suites-left-out.ts';
import { taskGraph } from './turbo.ts';

const [STAND_IN, STACK] = SELDOM_NEEDED;

describe('the suites that npm test leaves out', () => {
  const graph = taskGraph(SELDOM_NEEDED);
  const leftOutWhen = (...files: readonly string[]) => suitesLeftOut({ since: 'then', files }, graph);

  it.each([
    ['nothing has changed', []],
    ['nothing but documents has', ['docs/operations.md', 'README.md', 'dev/dev-stack/README.md']],
    ['tests of other workspaces have', ['dev/e2e/flow/whole-flow.test.ts', 'dev/bench/src/run.ts']],
    ['a folder has whose name only begins alike', ['dev/embedded-mongoose/x.ts']],
  ])('are both when %s', (_what, files) => {
    expect(leftOutWhen(...files)).toEqual([STAND_IN, STACK]);
  });

  it.each([
    ['the stack', 'dev/dev-stack/src/index.ts'],
    ['an application that it starts', 'apps/api/src/main.ts'],
    ['a package of such an application', 'packages/password-reset/src/index.ts'],
  ])('are only those of the stand-in when %s has changed', (_what, file) => {
    expect(leftOutWhen('README.md', file)).toEqual([STAND_IN]);
  });

  it.each([
    ['the stand-in, which the stack starts', 'dev/embedded-mongo/src/index.ts'],
    ['what all tests share', 'dev/tooling/vitest.js'],
    ['a dependency', 'package-lock.json'],
    ['a task', 'turbo.json'],
  ])('are none when %s has changed', (_what, file) => {
    expect(leftOutWhen(file)).toEqual([]);
  });

  it.each([
    ['the caller asks for all', ['--all'], {}],
    ['the caller names suites', ['--filter=@latchkey/dev-stack'], {}],
    ['it is CI', [], { CI: 'true' }],
    ['a MongoDB is named', [], { MONGODB_URI: 'mongodb://127.0.0.1:27017' }],
    ['a MongoDB to compare with is named', [], { MONGODB_URI_CONFORMANCE: 'mongodb://127.0.0.1:27017' }],
    ['a Redis is named', [], { REDIS_URL: 'redis://127.0.0.1:6379' }],
  ])('are none when %s', (_when, args, env) => {
    expect(runsEverything(args, env)).toBe(true);
  });

  it('may be some otherwise', () => {
    expect(runsEverything(['--force'], { CI: 'false', REDIS_URL: '', HOME: '/root' })).toBe(false);
  });

  it('are none when it is not known what has changed', () => {
    expect(suitesLeftOut(undefined, graph)).toEqual([]);
  });
});
