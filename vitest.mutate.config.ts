import { defineConfig } from 'vitest/config';

/** The pure suites that mutation testing runs (stryker.config.mjs). */
export default defineConfig({
  test: {
    include: ['test/{reconcile,state,commit}/**/*.unit.test.ts'],
    setupFiles: 'test/house/short-properties.ts',
    testTimeout: 60_000,
  },
});
