import { relative } from 'node:path';
import picomatch from 'picomatch';
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
  'test/bucket/compared-histories.unit.test.ts',
  'test/package/used-from-another-app.unit.test.ts',
];

/** Those that change the schema most: side by side, for after each change Neo4j plans all statements anew, whichever suite's they are. */
const OF_SCHEMA = [
  'test/cases/cases.test.ts',
  'test/sync/{label-changes,shared-labels,dropped-tables,cleared-columns,table-changes,rekeyed-tables,extra-labels}.test.ts',
  'test/sync/{constraints,parallel-edges,tables,lake-tables,edges}.test.ts',
  'test/deploy/*.test.ts',
  'test/functions/ddl.test.ts',
  'test/hostile/verify.test.ts',
  'test/verify/{random-tables,user-tables,shared-keys,values}.test.ts',
];

const changesSchema = picomatch(OF_SCHEMA);

/** Begins with the longest suites, so that a run doesn't end with one worker at work on one of them, and those of the schema. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const file = relative(projectDir, moduleId);
      const place = LONGEST.indexOf(file);
      if (place >= 0) return place;
      return LONGEST.length + (changesSchema(file) ? 0 : 1);
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
