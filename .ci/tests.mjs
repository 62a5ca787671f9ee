// Runs a test script and adds its counts to a file, with the names of what failed. A few files that failed are run once more by
// themselves: a test that passes then has lost a race on a busy machine. It counts as passed, and its name is printed: it is a bug.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** With more files than this the cause is not a race. */
const MOST_RACES = 3;

const [script, countsFile] = process.argv.slice(2);
const report = '.cache/test-results.json';

/** Runs the script, or some files of it. */
function run(files) {
  rmSync(report, { force: true });
  const { status } = spawnSync('npm', ['run', script, ...(files.length > 0 ? ['--', ...files] : [])], { stdio: 'inherit' });
  if (!existsSync(report)) return { passed: 0, failures: [{ file: script, name: 'wrote no report' }] };
  const { numPassedTests: passed, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const failures = testResults.flatMap(({ name: path, status, assertionResults }) => {
    const file = path.replace(`${process.cwd()}/`, '');
    const failed = assertionResults.filter(test => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [{ file, name: '(outside a test)' }];
    return failed.map(({ fullName, failureMessages }) => ({ file, name: fullName, why: failureMessages[0] ?? '' }));
  });
  // A suite that breaks outside a test fails the run and no test.
  if (status !== 0 && failures.length === 0) failures.push({ file: script, name: `ended with ${status}` });
  return { passed, failures };
}

const nameOf = ({ file, name }) => `${file} > ${name}`;

/** The first lines of why it failed: of a long log people may see the end alone. */
const WHY_LINES = 12;
const reasonOf = ({ why = '' }) => why.split('\n').slice(0, WHY_LINES).map(line => `\n   ${line}`).join('');

/** Those of some failures that are not among others. */
function without(failures, others) {
  const names = new Set(others.map(nameOf));
  return failures.filter(failure => !names.has(nameOf(failure)));
}

const first = run([]);
const files = [...new Set(first.failures.map(({ file }) => file))].filter(file => file.startsWith('test/'));
let { passed, failures } = first;
const lines = [];
if (files.length > 0 && files.length <= MOST_RACES && failures.every(({ file }) => file !== script)) {
  console.log(`== run again: ${files.join(', ')}`);
  const again = run(files);
  const races = without(failures, again.failures);
  lines.push(...races.map(race => `== passed only when run again: ${nameOf(race)}${reasonOf(race)}`));
  passed += races.length;
  failures = again.failures;
}
lines.push(...failures.map(failure => `== FAILED: ${nameOf(failure)}${reasonOf(failure)}`));
writeFileSync(countsFile, `${passed} ${failures.length}\n${lines.map(line => `${line}\n`).join('')}`);
