/** Threat: a record looks like one of the driver's own values, and is taken for it, or stops the batch that it is in. */
import fc from 'fast-check';
import { expect, inject } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { connectionTo, type Transport } from '../support/connection.ts';
import { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

const MARKS = [
  'Integer',
  'Date',
  'Time',
  'LocalTime',
  'LocalDateTime',
  'DateTime',
  'Duration',
  'Point',
  'Vector',
  'UUID',
]
  .concat(['Node', 'Relationship', 'UnboundRelationship', 'Path', 'PathSegment', 'UnsupportedType', 'BrokenObject'])
  .map(name => `__is${name}__`);
const fields = { low: 1, high: 0, year: 2024, month: 2, day: 29, hour: 1, srid: 7203, x: 1, y: 2, _typedArray: [1] };

const marked = MARKS.map(mark => ({ [mark]: true, ...fields }));
/** What else a file may hold: marks deep in it, and any JSON. */
const name = fc.constantFrom('a', 'b', ...MARKS);
const anyRecord = fc.dictionary(
  name,
  fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...marked), fc.array(fc.constantFrom(...marked))),
);
const others = fc.sample(anyRecord, { numRuns: 60, seed: 3 });

const records: readonly object[] = [
  ...marked.map((record, index) => ({ ...record, id: `marked ${index}` })),
  ...marked.map((v, index) => ({ id: `value ${index}`, v })),
  ...marked.map((v, index) => ({ id: `list ${index}`, v: [v] })),
  ...others.map((record, index) => ({ ...record, id: `other ${index}` })),
  { id: 'good', v: 1 },
];

/** Syncs each record as a file of its own, all in one call. */
async function outcome(world: World, by: Transport) {
  const label = world.labels.note;
  const loose = flow(new ContextKey(world.name), graph => {
    const table = graph.nodeTable(label);
    graph.source('*.ndjson', {}, record => table.declareRecord(record));
  });
  const keys = records.map((_, index) => `${String(index).padStart(3, '0')}.ndjson`);
  await Promise.all(keys.map((key, index) => world.put(key, [records[index] as object])));
  const connection = connectionTo(inject('services').neo4j, { by });
  const { rejected } = await world.sync(keys, world.worker({ flow: loose, connection }));
  const rows = await world.query(`MATCH (n:${label}) RETURN properties(n) AS p ORDER BY n.id`);
  return { rejected: rejected.map(({ key }) => key).sort(), rows: rows.map(({ p }) => p) };
}

it('by any transport the same records are refused, and the others are stored as what they are', async ({ world }) => {
  const byBolt = await outcome(world, 'bolt');
  // Named like the driver's marks: no property.
  const expected = records.flatMap((record, index) =>
    Object.keys(record).some(key => MARKS.includes(key)) ? [`${String(index).padStart(3, '0')}.ndjson`] : [],
  );
  expect(byBolt.rejected).toEqual(expect.arrayContaining(expected));
  const byId = new Map(byBolt.rows.map(row => [(row as { id: string }).id, row]));
  expect(byId.get('good')).toEqual({ id: 'good', v: 1n });
  marked.forEach((record, index) => {
    const json = expect.stringContaining(`"${MARKS[index]}":true`);
    expect(byId.get(`value ${index}`)).toEqual({ id: `value ${index}`, v: json });
    expect(byId.get(`list ${index}`)).toEqual({ id: `list ${index}`, v: [json] });
    expect(byId.has(`marked ${index}`), JSON.stringify(record)).toBe(false);
  });
  for (const by of ['http', 'tx-commit'] as const) {
    const other = await World.create();
    expect(await outcome(other, by), by).toEqual(byBolt);
    await other.close();
  }
});
