/**
 * Mutation testing of the pure rooms: `npm run mutate`, which takes them one after the other, so that each runs its own suites
 * only. What survives is printed, and listed in .cache/mutation.json.
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutate.config.ts' },
  ignorePatterns: ['/.cache', '/dist', '/cdk.out'],
  // Names no file: Stryker reads a tsconfig with a parser that TypeScript 7 no longer exports, and nothing here needs it.
  tsconfigFile: 'tsconfig.none.json',
  disableTypeChecks: false,
  concurrency: 1,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false },
  jsonReporter: { fileName: '.cache/mutation.json' },
  tempDirName: '.cache/stryker',
};
