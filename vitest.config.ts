import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** What every process of a run has compiled is kept for the next one: workers that crash, `cdk`, Lambda functions. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.cache', 'compiled');

const temporaryFolder = 'test/support/temporary-folder.ts';
const globalSetup = [temporaryFolder, 'test/support/global-setup.ts'];

/** Suites of `npm run test:long`: many deploys, servers of their own, a worker killed or frozen at each step, histories of minutes. */
const LONG = [
  'test/cli/embedded-server.test.ts',
  'test/deploy/taken-back.test.ts',
  'test/deployed/{calls,change,commands,life,oracle,stack,tenants}.test.ts',
  'test/insight/plan-histories.test.ts',
  'test/neo4j/server-versions.test.ts',
  'test/protocol/{collection,crash-recovery,earlier-form,first-lease,forgotten-copy,replaced-database,restored-state,stale-worker}.test.ts',
  'test/sync/{costly-function,small-memory}.test.ts',
  'test/verify/concurrency.test.ts',
];

/** What threatens the write path most: once more with workers that speak HTTP, by the one endpoint and the other. */
const HTTP = [
  'test/protocol/{fence,lost-commit}.test.ts',
  'test/sync/{extra-labels,hand-edits}.test.ts',
  'test/verify/random-tables.test.ts',
];

/** What `npm run test:browser` runs in a real Chromium. */
const BROWSER = 'test/browser/**/*.test.ts';

/** What threatens the protocol, once more over a folder and SQLite: the stores of the embedded mode. */
const EMBEDDED = [
  'test/protocol/{contention,crash-recovery,fence,in-flight,line,lost-commit,stale-worker,terminated}.test.ts',
  'test/sync/{follows-the-bucket,hand-edits,held-back,lost-values,poison,shared-rows,unreadable}.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
    // One more than a small machine has cores: suites wait for leases, transactions and deploys.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 300_000,
    projects: [
      // Pure tests: no service is started for them, and what one file has imported the next one need not import again.
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.unit.test.ts'],
          isolate: false,
          globalSetup: temporaryFolder,
        },
      },
      // Everything else runs against real services, started once for the run.
      {
        extends: true,
        test: {
          name: 'services',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.unit.test.ts', BROWSER, ...LONG],
          globalSetup,
        },
      },
      { extends: true, test: { name: 'browser', include: [BROWSER] } },
      { extends: true, test: { name: 'long', include: LONG, globalSetup } },
      {
        extends: true,
        test: {
          name: 'services-http',
          include: [...HTTP, 'test/sync/{large-objects,poison,tables}.test.ts'],
          globalSetup,
          env: { GRAPHDROP_TRANSPORT: 'http' },
        },
      },
      {
        extends: true,
        test: { name: 'embedded', include: EMBEDDED, globalSetup, env: { GRAPHDROP_STORES: 'embedded' } },
      },
      {
        extends: true,
        test: { name: 'services-tx-commit', include: HTTP, globalSetup, env: { GRAPHDROP_TRANSPORT: 'tx-commit' } },
      },
    ],
  },
});
