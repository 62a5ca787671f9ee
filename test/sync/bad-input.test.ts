/** Threat: a file holds what its source doesn't accept. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import type { Content, World } from './world.ts';
import { it } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada' };
const bob = { id: 'bob', name: 'Bob' };
const key = 'people/a.ndjson';

/** Puts something bad over something good, and looks that the good stays. */
async function spoil(world: World, content: Content) {
  await world.drop(key, [ada]);
  const root = await world.root();
  const report = await world.drop(key, content);
  expect(await world.people()).toEqual([ada]);
  expect(await world.root()).toBe(root);
  expect(report).toMatchObject({ applied: 0, transactions: 0, rejected: [{ key }] });
  const [rejection] = report.rejected;
  expect(await world.status(key)).toMatchObject({ key, state: 'rejected', ...rejection });
  return rejection;
}

describe('a file that is not acceptable is rejected whole, and the rows of its last good version stay', () => {
  it('one that does not parse: the line is told', async ({ world }) => {
    const rejection = await spoil(world, `${JSON.stringify(bob)}\n{"id": "cem",\n`);
    expect(rejection?.problems).toEqual([{ line: 2, problem: expect.stringContaining('not one JSON value') }]);
    expect(rejection?.reason).toContain(`${world.name}/${key}:2`);
  });

  it('one with a record that does not validate: line, field and what was got are told', async ({ world }) => {
    const rejection = await spoil(world, [bob, { id: 'cem', name: 7 }, { id: 'dee', name: 'Dee', age: 'old' }]);
    expect(rejection?.problems).toEqual([
      { line: 2, field: 'name', problem: 'Invalid input, got number 7, expected string' },
      { line: 3, field: 'age', problem: expect.stringContaining('old') },
    ]);
  });

  it('one with bytes that are no text', async ({ world }) => {
    const rejection = await spoil(world, Buffer.from([0x7b, 0xff, 0xfe, 0x0a]));
    expect(rejection?.problems).toEqual([{ line: 1, problem: expect.stringContaining('UTF-8') }]);
  });

  it('one with a key that no index of Neo4j takes; one byte less is a key', async ({ world }) => {
    const rejection = await spoil(world, [{ id: 'x'.repeat(4_001), name: 'long' }]);
    expect(rejection?.problems).toEqual([
      { line: 1, field: `${world.labels.person}.id`, problem: expect.stringContaining('4001 bytes') },
    ]);
    await world.drop(key, [{ id: 'é'.repeat(2_000), name: 'long' }]);
    expect(await world.people()).toHaveLength(1);
  });

  it('one with very many faults: the first twenty are told', async ({ world }) => {
    const rejection = await spoil(
      world,
      Array.from({ length: 50 }, () => ({ id: 'x' })),
    );
    expect(rejection?.problems).toHaveLength(20);
    expect(rejection?.lines[19]).toBe(`${key}:20 name: Invalid input, got nothing, expected string`);
    expect(rejection?.counts).toEqual([{ kind: 'invalid_type', field: 'name', count: 50 }]);
  });
});

describe('the others are not held up', () => {
  it('by a bad object in their batch', async ({ world }) => {
    await world.put(key, 'bad');
    await world.put('people/b.ndjson', [bob]);
    await world.put('knows/a.ndjson', [{ from: 'ada' }]);
    const report = await world.sync([key, 'people/b.ndjson', 'knows/a.ndjson']);
    expect(report).toMatchObject({ objects: 3, applied: 1, transactions: 1 });
    expect(report.rejected.map(rejection => rejection.key).sort()).toEqual(['knows/a.ndjson', key]);
    expect(await world.people()).toEqual([bob]);
  });
});

describe('a rejected object', () => {
  it('is applied when a good version comes', async ({ world }) => {
    await spoil(world, 'bad');
    await world.drop(key, [bob]);
    expect(await world.people()).toEqual([bob]);
    expect(await world.status(key)).toMatchObject({ state: 'applied', rows: 1 });
  });

  it('is no longer said to be rejected when the version before it is put back', async ({ world }) => {
    await spoil(world, 'bad');
    await world.drop(key, [ada]);
    expect(await world.status(key)).toMatchObject({ state: 'applied', rows: 1 });
  });

  it('loses its rows when it is deleted', async ({ world }) => {
    await spoil(world, 'bad');
    await world.remove(key);
    expect(await world.people()).toEqual([]);
    expect(await world.status(key)).toMatchObject({ state: 'deleted' });
  });

  it('is no longer said to be rejected when it is deleted, though no version was ever good', async ({ world }) => {
    await world.drop(key, 'bad');
    await world.remove(key);
    expect(await world.status(key)).toMatchObject({ state: 'deleted' });
  });
});

describe('a source’s function', () => {
  /** Squares numbers; has no taste for seven, and knows what is passing. */
  const picky = (world: World, fails: { passing: boolean }) =>
    flow(new ContextKey(world.name), graph => {
      const person = graph.nodeTable(world.labels.person);
      graph.source('numbers/*.csv', { record: z.object({ n: z.string() }) }, ({ n }) => {
        if (n === '7') throw Object.assign(new Error('no sevens'), { retryable: fails.passing });
        return person.declareRecord({ id: Number(n), square: Number(n) ** 2 });
      });
    });
  const numbers = (world: World) => world.put('numbers/a.csv', 'n\n1\n7\n');

  it('rejects the object when it throws', async ({ world }) => {
    await numbers(world);
    const report = await world.sync(['numbers/a.csv'], world.worker({ flow: picky(world, { passing: false }) }));
    expect(report.rejected).toMatchObject([
      { key: 'numbers/a.csv', problems: [{ line: 3, problem: expect.stringMatching(/function failed: no sevens/) }] },
    ]);
  });

  it('leaves the object to be tried again when what it throws is passing, and keeps no other waiting', async ({
    world,
  }) => {
    await numbers(world);
    const others = ['numbers/0.csv', 'numbers/b.csv'];
    for (const [n, key] of others.entries()) await world.put(key, `n\n${n + 2}\n`);
    const fails = { passing: true };
    const worker = world.worker({ flow: picky(world, fails) });
    const report = await world.sync(['numbers/a.csv', ...others], worker);
    expect(report).toMatchObject({ applied: 2, rejected: [], unsettled: [] });
    expect(report.unread).toEqual([{ key: 'numbers/a.csv', reason: 'Error: no sevens' }]);
    expect(await world.people()).toEqual([
      { id: 2, square: 4 },
      { id: 3, square: 9 },
    ]);
    expect(await world.status('numbers/a.csv')).toMatchObject({ state: 'unread', reason: 'Error: no sevens' });
  });

  it('leaves an object that can’t even be looked at', async ({ world }) => {
    const keys = ['numbers/\ud800.csv', 'numbers/b.csv']; // half a character can't be part of a URL
    await world.put('numbers/b.csv', 'n\n2\n');
    const worker = world.worker({ flow: picky(world, { passing: false }) });
    const report = await world.sync(keys, worker);
    expect(report).toMatchObject({ applied: 1, unread: [{ key: keys[0] }] });
    expect(await world.sync(keys, worker)).toMatchObject({ skipped: 1, unread: [{ key: keys[0] }] });
  });

  it('can’t make a key of NaN', async ({ world }) => {
    await world.put('numbers/a.csv', 'n\n1\nmany\n');
    const report = await world.sync(['numbers/a.csv'], world.worker({ flow: picky(world, { passing: false }) }));
    expect(report.rejected[0]?.problems).toEqual([
      { line: 3, field: `${world.labels.person}.id`, problem: expect.stringContaining('NaN') },
    ]);
    expect(await world.people()).toEqual([]);
  });
});
