import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    projects: [
      // Pure tests: no service is started for them.
      { extends: true, test: { name: 'unit', include: ['test/**/*.unit.test.ts'] } },
      // Everything else runs against real services, started once for the run.
      {
        extends: true,
        test: {
          name: 'services',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.unit.test.ts'],
          globalSetup: 'test/support/global-setup.ts',
        },
      },
      // What threatens the write path most, once more with workers that speak HTTP, by the one endpoint and the other.
      {
        extends: true,
        test: {
          name: 'services-http',
          include: [
            'test/protocol/{fence,lost-commit}.test.ts',
            'test/sync/{hand-edits,large-objects,poison,tables}.test.ts',
          ],
          globalSetup: 'test/support/global-setup.ts',
          env: { GRAPHDROP_TRANSPORT: 'http' },
        },
      },
      {
        extends: true,
        test: {
          name: 'services-tx-commit',
          include: ['test/protocol/{fence,lost-commit}.test.ts', 'test/sync/hand-edits.test.ts'],
          globalSetup: 'test/support/global-setup.ts',
          env: { GRAPHDROP_TRANSPORT: 'tx-commit' },
        },
      },
    ],
  },
});
