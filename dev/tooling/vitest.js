import { defaultServerConditions } from 'vite';
import { defineProject } from 'vitest/config';
import { RunningTests } from './running-tests.js';

/** Settings every package's tests share: workspace packages resolve to their sources, so nothing has to be built first. */
export const project = (overrides = {}) =>
  defineProject({
    resolve: { conditions: ['dev-source', ...defaultServerConditions] },
    ssr: { resolve: { conditions: ['dev-source', ...defaultServerConditions] } },
    // Global set-ups run in an environment of their own.
    environments: { __vitest__: { resolve: { conditions: ['dev-source', ...defaultServerConditions] } } },
    test: {
      // Vitest's own choice, and one that speaks while a long test runs.
      reporters: ['default', ...(process.env.GITHUB_ACTIONS ? ['github-actions'] : []), new RunningTests()],
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      // Above PATIENCE_MS of the test kit, so that a wait says what it waited for.
      testTimeout: 90_000,
      hookTimeout: 90_000,
      // Most tests wait for a process or a clock; one worker a core would leave both cores idle.
      maxWorkers: 2,
      ...overrides,
    },
  });
