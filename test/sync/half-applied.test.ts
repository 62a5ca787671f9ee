/** Threat: two objects that are applied in part need values of each other, and their scope stands still. */
import { expect } from 'vitest';
import { syncObjects } from '../../lib/sync/sync.ts';
import { it } from './world-test.ts';

const KEYS = ['notes/a.ndjson', 'notes/b.ndjson'];
const many = (name: string, count: number) => Array.from({ length: count }, (_, n) => ({ id: `${name}${n}`, rev: 1 }));

it.for([KEYS, [...KEYS].reverse()])('both are applied in the end: %s', async (keys, { world }) => {
  const [a = '', b = ''] = KEYS;
  await world.put(a, [...many('aa', 3), { id: 'rrr', rev: 2 }, { id: 'sss', rev: 1 }, ...many('za', 5)]);
  await world.put(b, [...many('ab', 3), { id: 'rrr', rev: 1 }, { id: 'sss', rev: 2 }, ...many('zb', 5)]);
  await world.sync(KEYS);
  const worker = () => world.worker({ limits: { maxRowsPerTransaction: 3, bytesReadByBlocks: 1e9 } });
  await world.delete(a);
  expect(await syncObjects(worker(), [a], Date.now() + 1)).toMatchObject({ unsettled: [a] });
  await world.put(b, [{ id: 'rrr', rev: 1, text: 'of b' }]);
  expect(await syncObjects(worker(), [b], Date.now() + 1)).toMatchObject({ unsettled: [b] });
  // What couldn't be had the first time is had by a second look.
  await syncObjects(worker(), keys);
  expect(await syncObjects(worker(), keys)).toMatchObject({ unsettled: [], unread: [], rejected: [] });
  const rows = await world.query(`MATCH (n:${world.labels.note}) RETURN n.id AS id, n.text AS text`);
  expect(rows).toEqual([{ id: 'rrr', text: 'of b' }]);
});
