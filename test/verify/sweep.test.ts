/** Promise: a sweep that is cut short at every page goes on where it stopped, and removes what one that isn't removes. */
import { expect } from 'vitest';
import { acquire, withLease } from '../../lib/commit/lease.ts';
import { recover } from '../../lib/commit/recover.ts';
import { type SweepPosition, type Swept, sweepUndeclared } from '../../lib/verify/sweep.ts';
import { it } from '../sync/world-test.ts';
import { verifyAll } from './verified.ts';

it('of many pages removes each undeclared row, a page at a time', async ({ world }) => {
  await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
  await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
  await world.drop('notes/a.ndjson', [{ id: 'n', rev: 1 }]);
  const right = await world.graph();
  const { person, knows, note } = world.labels;
  await world.query(
    `UNWIND ['a', 7, 1.5, true] AS id CREATE (n:${person} {id: id, name: 'x'})-[:${knows} {id: id}]->(n), (:${note} {id: id})`,
  );
  const worker = world.worker();
  let removed = 0;
  let calls = 0;
  for (let from: SweepPosition | undefined; ; calls += 1) {
    const swept: Swept = await withLease(await acquire(worker), async lease => {
      const options = { deadline: 0, ...(from !== undefined && { from }) };
      return await sweepUndeclared(worker, await recover(worker, lease), options);
    });
    removed += swept.removed;
    if (swept.next === null) break;
    from = JSON.parse(JSON.stringify(swept.next)) as SweepPosition;
  }
  expect(calls).toBeGreaterThan(5); // three kinds of keys in each of three tables
  expect(removed).toBe(8); // edges, which take their ends along, and notes
  expect(await world.graph()).toEqual(right);
  expect(await verifyAll(worker)).toMatchObject({ clean: true });
});
