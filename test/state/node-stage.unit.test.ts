/** Promise: what is planned ahead is read from the batch before it, and nothing of earlier ones is held for it. */
import { expect, it } from 'vitest';
import { NodeStage } from '../../lib/state/node-stage.ts';
import { encodeNode, nodeOf, type StoredNode } from '../../lib/state/tree-node.ts';

const leaf = (key: string): StoredNode => encodeNode({ level: 0, entries: [[key, 'value']] });

it('a batch is planned on the nodes of the one under way; those of the one before are stored by then', async () => {
  const [first, second] = [leaf('a'), leaf('b')];
  const asked: string[] = [];
  const stored = {
    load: async (hashes: readonly string[]) => {
      asked.push(...hashes);
      return new Map(hashes.map(hash => [hash, nodeOf(first)]));
    },
    remember: () => {},
  };
  const next = new NodeStage(stored).following([first]);
  expect(await next.load([first.hash])).toEqual([nodeOf(first)]);
  expect(asked).toEqual([]);
  const afterThat = next.following([second]);
  expect(await afterThat.load([first.hash, second.hash])).toEqual([nodeOf(first), nodeOf(second)]);
  expect(asked).toEqual([first.hash]);
  // What was read need not be written again.
  afterThat.put(second);
  expect(afterThat.needed([second.hash])).toEqual([]);
});
