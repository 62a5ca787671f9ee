import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { projectDir } from './cache.ts';

/** The suites that take a minute or more, the longest first. */
const LONGEST = [
  'test/deployed/life.test.ts',
  'test/deployed/tenants.test.ts',
  'test/protocol/replaced-database.test.ts',
  'test/neo4j/server-versions.test.ts',
  'test/deployed/stack.test.ts',
  'test/deployed/change.test.ts',
  'test/protocol/crash-recovery.test.ts',
  'test/protocol/stale-worker.test.ts',
  'test/deploy/taken-back.test.ts',
  'test/deploy/schema.test.ts',
  'test/deployed/query.test.ts',
  'test/simulation/simulation.test.ts',
  'test/package/used-from-another-app.unit.test.ts',
];

/** Begins with the longest suites, so that a run doesn't end with one worker at work on one of them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.indexOf(relative(projectDir, moduleId));
      return place < 0 ? LONGEST.length : place;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
