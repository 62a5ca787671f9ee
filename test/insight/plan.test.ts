/** Promise: what a plan says of a real database is what a sync then does to it, constraints and stubs included. */
import { expect } from 'vitest';
import { graphDiff } from '../../lib/insight/diff.ts';
import { planChanges } from '../../lib/insight/plan.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { it } from '../sync/world-test.ts';

const lines = (records: readonly object[]) => Buffer.from(records.map(it => `${JSON.stringify(it)}\n`).join(''));

it('plans rows, stubs and statements on the root that the graph is at, and changes nothing', async ({ world }) => {
  const { person, note } = world.labels;
  await world.drop('people/a.ndjson', [
    { id: 'ada', name: 'Ada' },
    { id: 'bob', name: 'Bob' },
  ]);
  await world.drop('knows/k.ndjson', [
    { from: 'ada', to: 'bob' },
    { from: 'ada', to: 'eve' },
    { from: 'bob', to: 'bob' },
  ]);
  const before = await world.graph();
  const put = new Map([
    ['people/a.ndjson', lines([{ id: 'ada', name: 'Countess' }])],
    [
      'knows/k.ndjson',
      lines([
        { from: 'bob', to: 'bob', since: 1 },
        { from: 'ada', to: 'kai' },
      ]),
    ],
    ['notes/n.ndjson', lines([{ id: 'n', rev: 1 }])],
  ]);
  const scope = world.worker();
  const plan = await planChanges(scope, { put });
  expect(await world.graph()).toEqual(before);
  expect(plan).toMatchObject({ comparable: true, changes: true, deletes: 3 });
  expect(plan.schema).toEqual([]);
  const withoutNotes = world.worker({ flow: peopleFlow(world.name, '1', { notes: false }) });
  expect((await planChanges(withoutNotes)).schema).toEqual([`DROP CONSTRAINT \`coco_uniq_${note}__id\` IF EXISTS`]);
  // Bob is held by his edge to himself, which touches him once.
  expect(plan.stubs[`(:${person})`]).toEqual({
    made: { count: 2, first: expect.arrayContaining(['bob', 'kai']) },
    removed: { count: 1, first: ['eve'] },
    filled: { count: 0, first: [] },
  });

  for (const [key, body] of put) await world.put(key, body);
  await world.sync([...put.keys()]);
  expect((await graphDiff(world.worker(), plan.root)).tables).toEqual(plan.tables);
  expect((await world.people()).map(it => [it.id, it.name])).toEqual([
    ['ada', 'Countess'],
    ['bob', undefined],
    ['kai', undefined],
  ]);
  const now = await planChanges(world.worker());
  expect(now).toMatchObject({ changes: false, objects: 0, deletes: 0, schema: [] });

  // With its last edge a stub goes.
  const last = await planChanges(world.worker(), { put: new Map([['knows/k.ndjson', null]]) });
  expect(last.stubs[`(:${person})`]?.removed).toEqual({ count: 2, first: expect.arrayContaining(['bob', 'kai']) });
  await world.remove('knows/k.ndjson');
  expect((await world.people()).map(({ id }) => id)).toEqual(['ada']);
});
