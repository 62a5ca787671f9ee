/** Threat: a batch is done, and its answer is longer than Step Functions takes, so that it counts as failed. */
import { expect, it } from 'vitest';
import { backfillDefinition } from '../../infra/backfill-definition.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { fittingReports } from '../../lib/lambda/fitting-answer.ts';
import { emptyReport, type SyncReport } from '../../lib/sync/sync-report.ts';

/** What Step Functions takes of a state's result. */
const MOST = 262_144;

const problems = Array.from({ length: 20 }, (_, n) => ({
  line: n + 1,
  field: `column_${n}`,
  problem: `not a number, got "${'x'.repeat(80)}", expected a number from -90 to 90`,
}));

function reportOf(keys: readonly string[]): SyncReport {
  const rejected = keys.map(key => {
    const { message: reason, lines, counts } = new RejectedObjectError({ bucket: 'b', key }, problems);
    return { key, reason, problems, lines, counts };
  });
  const noted = keys.map(key => ({ key, notes: [{ kind: 'unknown-column', count: 20, first: problems }] }));
  return { ...emptyReport('kg@neo4j'), rejected, noted };
}

/** As the lambda integration gives it to a state. */
const sizeOf = (reports: readonly object[]) =>
  Buffer.byteLength(
    JSON.stringify({ ExecutedVersion: '$LATEST', Payload: { reports }, SdkHttpMetadata: {}, StatusCode: 200 }),
  );

it.each([10, 1024])('of a backfill’s batch in which all is rejected it fits, with keys of %i bytes', length => {
  const { States } = backfillDefinition({ partition: 'aws', bucketName: 'b', functionArn: 'f', maxConcurrency: 2 }) as {
    readonly States: Readonly<Record<string, { readonly ItemBatcher?: { readonly MaxItemsPerBatch: number } }>>;
  };
  const most = States['Sync listing']?.ItemBatcher?.MaxItemsPerBatch ?? 0;
  const keys = Array.from({ length: most }, (_, n) => `${n}`.padStart(length, 'k'));
  const report = reportOf(keys);
  expect(sizeOf([report])).toBeGreaterThan(MOST);
  const [fitting] = fittingReports([report]) as [SyncReport];
  expect(sizeOf([fitting])).toBeLessThan(MOST);
  expect(fitting.rejected.map(({ key }) => key)).toEqual(keys);
  expect(fitting).toMatchObject({ shortened: true, noted: [] });
});

it('is whole where it fits, and what is not of a sync is as it is', () => {
  const [one, resynced] = [reportOf(['a']), { scope: 'kg@neo4j', listed: 1 }];
  expect(fittingReports([one, resynced])).toEqual([one, resynced]);
  const long = { scope: 'kg@neo4j', settled: true, text: 'x'.repeat(MOST) };
  expect(fittingReports([long])).toEqual([long]);
});
