import { defaultServerConditions } from 'vite';
import { defineProject } from 'vitest/config';
import { RunningTests } from './running-tests.js';

/** Settings for the tests of every package. Workspace packages resolve to their sources, so no build is needed first. */
export const project = (overrides = {}) =>
  defineProject({
    resolve: { conditions: ['dev-source', ...defaultServerConditions] },
    ssr: { resolve: { conditions: ['dev-source', ...defaultServerConditions] } },
    // Global set-ups run in a separate environment, which needs the same conditions.
    environments: { __vitest__: { resolve: { conditions: ['dev-source', ...defaultServerConditions] } } },
    test: {
      // The default reporter of Vitest, and one that prints a line while a long test runs.
      reporters: ['default', ...(process.env.GITHUB_ACTIONS ? ['github-actions'] : []), new RunningTests()],
      // A test without its snapshot fails here as in CI; `vitest run FILE -u` writes it.
      update: 'none',
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      // These limits only end a test that hangs; no test measures by them. They are several times PATIENCE_MS of the test kit,
      // because a test waits more than once and a machine with six busy processes per core is ten times as slow.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      // A wait may take long on a busy machine as well. The default of Vitest is one second.
      expect: { poll: { timeout: 60_000 } },
      // Most tests wait for a process or a clock, so one test worker per core would leave cores idle.
      maxWorkers: 2,
      ...overrides,
    },
  });
