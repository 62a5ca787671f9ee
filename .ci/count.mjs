// Prints the passed and failed tests of a vitest JSON report.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
// A file that fails as a whole (its set-up threw) has no failed test of its own.
const brokenFiles = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.every(test => test.status !== 'failed'),
).length;
console.log(numPassedTests, numFailedTests + brokenFiles);
