/** Promise: tables that share a type, and tables that the user manages, keep to their own rows. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import type { World } from './world.ts';
import { itWithoutSchema as it } from './world-test.ts';

const Edge = z.object({ id: z.string().optional(), from: z.string(), to: z.string(), since: z.int().optional() });

/** One relationship type from people to people and from people to places; places are the user's if `managedBy` says so. */
function twoPairs(world: World, managedBy: 'system' | 'user' = 'system'): Flow {
  const { person, knows, note } = world.labels;
  return flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable<{ id: string }>(person);
    const places = graph.nodeTable<{ id: string }>(note, { managedBy });
    const toPeople = graph.relationTable(knows, people, people);
    const toPlaces = graph.relationTable(knows, people, places, { managedBy });
    graph.source('places/*.ndjson', { record: z.looseObject({ id: z.string() }) }, row => places.declareRecord(row));
    graph.source('people/*.ndjson', { record: Edge }, ({ from, to, ...record }) =>
      toPeople.declareRelation({ fromId: from, toId: to, record }),
    );
    graph.source('visits/*.ndjson', { record: Edge }, ({ from, to, ...record }) =>
      toPlaces.declareRelation({ fromId: from, toId: to, record }),
    );
  });
}

describe('one relationship type over two pairs of labels', () => {
  it('keeps edges of equal keys apart', async ({ world }) => {
    const worker = world.worker({ flow: twoPairs(world) });
    const sync = async (key: string, rows: object[]) => {
      await world.put(key, rows);
      return await world.sync([key], worker);
    };
    await sync('people/a.ndjson', [{ id: 'k', from: 'ada', to: 'x', since: 1 }]);
    await sync('visits/a.ndjson', [{ id: 'k', from: 'ada', to: 'x', since: 2 }]);
    expect((await world.knows()).map(({ properties }) => properties.since).sort()).toEqual([1, 2]);
    await sync('visits/a.ndjson', [{ id: 'k', from: 'ada', to: 'x', since: 3 }]);
    expect((await world.knows()).map(({ properties }) => properties.since).sort()).toEqual([1, 3]);
    await sync('people/a.ndjson', []);
    expect(await world.knows()).toEqual([{ from: 'ada', to: 'x', properties: { id: 'k', since: 3 } }]);
    expect(await world.people()).toEqual([{ id: 'ada' }]);
    await sync('visits/a.ndjson', []);
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
  });
});

describe('tables managed by the user', () => {
  it('get and lose their declared rows, but keep their stubs', async ({ world }) => {
    const worker = world.worker({ flow: twoPairs(world, 'user') });
    const { note } = world.labels;
    await world.query(`CREATE (:${note} {id: 'theirs', name: 'Own'})`);
    await world.put('places/a.ndjson', [{ id: 'paris', name: 'Paris' }]);
    await world.put('visits/a.ndjson', [
      { from: 'ada', to: 'paris', since: 1 },
      { from: 'ada', to: 'theirs' },
      { from: 'ada', to: 'rome' },
    ]);
    await world.sync(['places/a.ndjson', 'visits/a.ndjson'], worker);
    expect(await world.knows()).toHaveLength(3);
    expect(await world.notes()).toEqual([
      { id: 'paris', name: 'Paris' },
      { id: 'rome' },
      { id: 'theirs', name: 'Own' },
    ]);

    await world.put('places/a.ndjson', [{ id: 'paris', name: 'Paname' }]);
    await world.put('visits/a.ndjson', [{ from: 'ada', to: 'paris', since: 2 }]);
    await world.sync(['places/a.ndjson', 'visits/a.ndjson'], worker);
    expect((await world.knows()).map(({ properties }) => properties.since)).toEqual([2]);

    for (const key of await world.keys()) await world.delete(key);
    await world.sync(['places/a.ndjson', 'visits/a.ndjson'], worker);
    expect(await world.knows()).toEqual([]);
    expect(await world.people()).toEqual([]);
    expect(await world.notes()).toEqual([{ id: 'rome' }, { id: 'theirs', name: 'Own' }]);
  });

  it('get no constraint and no index', async ({ world }) => {
    await world.put('visits/a.ndjson', [{ from: 'ada', to: 'rome' }]);
    await world.sync(['visits/a.ndjson'], world.worker({ flow: twoPairs(world, 'user') }));
    const constraints = await world.query('SHOW CONSTRAINTS YIELD labelsOrTypes WHERE $label IN labelsOrTypes', {
      label: world.labels.note,
    });
    expect(constraints).toEqual([]);
  });
});
