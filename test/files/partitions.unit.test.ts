/** Promise: columns that only a lake's folders have are part of each record, decoded, and a null is none. */
import { expect, it } from 'vitest';
import { partitionsOf } from '../../lib/files/partitions.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { chunked } from './chunked.ts';

async function read(key: string, content: string, options: object) {
  const values: unknown[] = [];
  for await (const batch of readRecords({ key, body: chunked(content) }, { partitions: true, ...options }))
    values.push(...batch.map(({ value }) => value));
  return values;
}

it.each([
  ['sales/dt=2026-11-01/region=EU%2FNorth/a.csv', { dt: '2026-11-01', region: 'EU/North' }],
  ['sales/dt=2026-11-01/region=__HIVE_DEFAULT_PARTITION__/a.csv', { dt: '2026-11-01' }],
  ['day=%E4%B8%80/x=a=b/p=50%/q=/a=1.csv', { day: '一', x: 'a=b', p: '50%', q: '' }],
  ['=1/plain/__proto__=2/a.csv', {}],
])('%s has %o', (key, columns) => {
  expect(partitionsOf(key)).toEqual(columns);
});

it('fills records, and properties of nodes and relationships', async () => {
  expect(await read('dt=1/a.ndjson', '{"id":"a"}\n{"id":"b","dt":null}\n', {})).toEqual([
    { id: 'a', dt: '1' },
    { id: 'b', dt: '1' },
  ]);
  const [node] = await read('dt=1/a.csv', ':ID,name\n1,Ann\n', { format: 'neo4j-admin' });
  expect(node).toMatchObject({ kind: 'node', properties: { name: 'Ann', dt: '1' } });
});

it('refuses a record that says another value than the key', async () => {
  await expect(read('dt=1/a.ndjson', '{"id":"a","dt":"1"}\n{"id":"a","dt":"2"}\n', {})).rejects.toThrow(
    "a.ndjson:2 dt is 2 in the record, and 1 in the object's key",
  );
});
