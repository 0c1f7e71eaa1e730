import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    update: 'none',
    projects: [
      'packages/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      'dev/*/vitest.config.ts',
      'dev/e2e/docs/vitest.config.ts',
      'dev/e2e/vitest.clock.config.ts',
    ],
  },
});
