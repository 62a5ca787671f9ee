/** Promise: what is accepted of a file, but not as it stands there, is told in the report and in the object's status. */
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { it } from './world-test.ts';

it('columns that the schema drops are counted with their first lines, until a version has none', async ({ world }) => {
  const record = z.object({ id: z.string(), city: z.string().optional() });
  const people = flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<z.output<typeof record>>(world.labels.person);
    graph.source('*.csv', { record }, row => person.declareRecord(row));
  });
  const worker = world.worker({ flow: people });
  await world.put('a.csv', 'id,town\n1,Ulm\n2,\n3,Ulm\n');
  const notes = [
    {
      kind: 'unknown-column',
      count: 2,
      first: [
        { line: 2, field: 'town', problem: 'the record schema has no such field' },
        { line: 4, field: 'town', problem: 'the record schema has no such field' },
      ],
    },
  ];
  expect((await world.sync(['a.csv'], worker)).noted).toEqual([{ key: 'a.csv', notes }]);
  expect(await worker.status.get('a.csv')).toMatchObject({ state: 'applied', rows: 3, notes });

  await world.put('a.csv', 'id,city\n1,Ulm\n');
  expect((await world.sync(['a.csv'], worker)).noted).toEqual([]);
  expect(await worker.status.get('a.csv')).not.toHaveProperty('notes');
});
