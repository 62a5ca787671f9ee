/** Promise: `sync PREFIX` looks at the files whose keys begin with it, at those that are gone, and at no others. */
import { expect, it } from 'vitest';
import { keysBelow } from '../../lib/cli/place/keys-below.ts';
import type { Place } from '../../lib/cli/place/place.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import { MemoryObjects } from '../bucket/memory-objects.ts';
import { MemoryState } from '../state/memory-state.ts';

it('finds them on any page, and asks for no page after them', async () => {
  const objects = new MemoryObjects();
  const asked: string[] = [];
  const list = objects.list.bind(objects);
  objects.list = async (after, limit) => {
    asked.push(after);
    return await list(after, Math.min(limit, 3));
  };
  for (const key of ['a', 'a/1', 'a/2', 'a/3', 'a/4', 'a0', 'ab', 'b', 'c1', 'c2', 'c3', 'c4'])
    objects.put(key, Buffer.from(''));
  const state = new ScopeState(new MemoryState(), 'kg@neo4j');
  const status = (key: string, standing: 'applied' | 'deleted') =>
    state.status.put({ key, state: standing, etag: '', source: '', at: '' });
  await status('a/gone', 'applied');
  await status('a/gone-and-told', 'deleted');
  await status('b/gone', 'applied');
  const place = { objects, state } as unknown as Place;
  expect((await keysBelow(place, 'a/')).sort()).toEqual(['a/1', 'a/2', 'a/3', 'a/4', 'a/gone']);
  expect(asked).toEqual(['a', 'a/3']);
  expect(await keysBelow(place, 'none')).toEqual([]);
  expect(await keysBelow(place, '')).toHaveLength(14);
});
