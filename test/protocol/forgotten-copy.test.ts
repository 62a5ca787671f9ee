/** Threat: a copy of the database comes back that the state has forgotten, with tables that the definition has no more. */
import { describe, expect } from 'vitest';
import { DatabaseCopy } from '../simulation/database-copy.ts';
import { deploy, deployedScope, putInForce, settle } from '../sync/deploy.ts';
import { freshRoot } from '../sync/fresh-root.ts';
import { type PeopleShape, peopleFlow } from '../sync/people-flow.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { after, atRest, before, cleanRun } from './files.ts';
import { resyncUntilSettled } from './resynced.ts';
import { forgetOldRoots } from './tracked-nodes.ts';

const shaped = (world: World, shape: PeopleShape) => ({
  flow: peopleFlow(world.name, '1', shape),
  code: JSON.stringify(shape),
});

const more: PeopleShape = { age: true, notes: true };
const less: PeopleShape = { age: false, notes: false };

async function loadAndCopy(world: World): Promise<DatabaseCopy> {
  await world.put('people/a.ndjson', [
    { id: 'ada', name: 'Ada', age: 36 },
    { id: 'bob', name: 'Bob', age: 40 },
  ]);
  await world.put('people/b.ndjson', [{ id: 'old', name: 'Old', age: 90 }]);
  await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
  await world.put('notes/a.ndjson', [{ id: 'n', rev: 1, text: 'x' }]);
  await deploy(world, shaped(world, more));
  const copy = new DatabaseCopy(world);
  await copy.take();
  return copy;
}

/** What the files say at the end, of which the copy knows nothing. */
async function change(world: World, worker = world.worker()): Promise<void> {
  await world.put('people/a.ndjson', [{ id: 'ada', name: 'Ada!', age: 37 }]);
  await world.delete('people/b.ndjson');
  await world.sync(['people/a.ndjson', 'people/b.ndjson'], worker);
}

const left = { people: [{ id: 'ada', name: 'Ada!' }, { id: 'bob' }], notes: [] };

const fence = async (world: World) =>
  (
    await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN size(f.claims) AS claims, f.tables AS tables', {
      scope: world.worker().name,
    })
  )[0];

it('its root is unknown: all files are applied again, and what no file declares is swept', async ({ world }) => {
  await cleanRun(world, before);
  const copy = new DatabaseCopy(world);
  await copy.take();
  const rest = await cleanRun(world, after);
  await forgetOldRoots(world);
  await copy.putBack();
  const { first, swept } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ again: true, tracked: 0 });
  expect(swept).toBeGreaterThan(0);
  expect(await atRest(world)).toEqual(rest);
});

describe('tables and columns that a forgotten copy has', () => {
  it('go when it comes back, and no foreign ones', async ({ world }) => {
    const copy = await loadAndCopy(world);
    const worker = await deploy(world, shaped(world, less));
    await change(world, worker);
    await forgetOldRoots(world);
    await copy.putBack();
    const { note, person } = world.labels;
    await world.query(
      `MATCH (n:${note} {id: 'n'}) CREATE (:Foreign_${world.name})-[:LIKES]->(n), (:${note} {theirs: 1})`,
    );
    await settle(world, worker);
    expect(await world.graph()).toMatchObject({ ...left, notes: expect.anything() });
    expect(await world.query(`MATCH (n:${person}) WHERE n.age IS NOT NULL RETURN n.id`)).toEqual([]);
    expect(await world.query(`MATCH (n:${note}) RETURN properties(n) AS p ORDER BY p.id`)).toEqual([
      { p: { id: 'n' } }, // somebody's edge touches it
      { p: { theirs: 1n } },
    ]);
    await world.query(`MATCH (n:Foreign_${world.name}|${note}) DETACH DELETE n`);
    expect((await worker.head.read())?.root).toBe(await freshRoot(world, shaped(world, less)));
    expect(await fence(world)).toEqual({ claims: 2n, tables: [expect.any(String), expect.any(String)] });
  });

  it('go when it comes back before the deploy that takes them away', async ({ world }) => {
    const copy = await loadAndCopy(world);
    await change(world, world.worker(shaped(world, more)));
    await forgetOldRoots(world);
    await copy.putBack();
    const worker = await deploy(world, shaped(world, less));
    expect(await world.graph()).toMatchObject(left);
    expect((await worker.head.read())?.root).toBe(await freshRoot(world, shaped(world, less)));
    expect(await fence(world)).toMatchObject({ claims: 2n });
  });

  it('go when a deploy takes them away while it is still being recovered', async ({ world }) => {
    const copy = await loadAndCopy(world);
    const before = world.worker(shaped(world, more));
    await change(world, before);
    await world.delete('notes/a.ndjson');
    await world.sync(['notes/a.ndjson'], before);
    await forgetOldRoots(world);
    await copy.putBack();
    await world.put('people/b.ndjson', [{ id: 'eve', name: 'Eve' }]);
    expect(await world.sync(['people/b.ndjson'], before)).toMatchObject({ replaced: true }); // noticed, and not settled
    await world.delete('people/b.ndjson');
    expect((await world.graph()).notes).toHaveLength(1);
    const worker = await deploy(world, shaped(world, less));
    expect(await world.graph()).toMatchObject(left);
    expect((await worker.head.read())?.root).toBe(await freshRoot(world, shaped(world, less)));
  });

  it('come back with the definition', async ({ world }) => {
    const copy = await loadAndCopy(world);
    const without = await deploy(world, shaped(world, less));
    await change(world, without);
    await forgetOldRoots(world);
    await copy.putBack();
    await putInForce(deployedScope(without));
    await deploy(world, shaped(world, more));
    expect(await world.graph()).toMatchObject({
      people: [{ id: 'ada', name: 'Ada!', age: 37 }, { id: 'bob' }],
      notes: [{ id: 'n', rev: 1, text: 'x' }],
    });
  });

  it('are only those that may have been written', async ({ world }) => {
    await deploy(world, shaped(world, more));
    await deploy(world, shaped(world, less));
    expect((await fence(world))?.tables).toEqual([
      expect.not.stringContaining('"age"'),
      expect.not.stringContaining('"age"'),
    ]);
  });
});
