/** Promise: under a person's constraints the database takes a file exactly if what the file says keeps them, whatever was there before. */
import fc from 'fast-check';
import { describe, expect, inject } from 'vitest';
import { connectionTo, type Transport } from '../support/connection.ts';
import type { Properties } from './graph-content.ts';
import { mixedFlow } from './people-flow.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const KEY = 'people/a.ndjson';

/** Makes names of people unique, by the world's own constraint. */
async function makeNamesUnique(world: World): Promise<void> {
  await world.sync(['people/none.ndjson']);
  await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${world.labels.person}) REQUIRE n.name IS UNIQUE`);
}

describe('under a uniqueness constraint', () => {
  it('a node that goes leaves its name to the one that comes', async ({ world }) => {
    await makeNamesUnique(world);
    await world.drop(KEY, [{ id: 1, name: 'ada' }]);
    expect(await world.drop(KEY, [{ id: 2, name: 'ada' }])).toMatchObject({ rejected: [] });
    expect(await world.people()).toEqual([{ id: 2, name: 'ada' }]);
  });

  it('two nodes swap their names', async ({ world }) => {
    await makeNamesUnique(world);
    await world.drop(KEY, [
      { id: 1, name: 'ada' },
      { id: 2, name: 'bob' },
    ]);
    const swapped = [
      { id: 1, name: 'bob' },
      { id: 2, name: 'ada' },
    ];
    expect(await world.drop(KEY, swapped)).toMatchObject({ rejected: [] });
    expect(await world.people()).toEqual(swapped);
  });

  it('a node that edges keep as a stub leaves its name, and what a person wrote stays on it', async ({ world }) => {
    await makeNamesUnique(world);
    const { person } = world.labels;
    await world.drop(KEY, [{ id: 1, name: 'ada', age: 36 }]);
    await world.drop('knows/a.ndjson', [{ from: 1, to: 3 }]);
    await world.query(`MATCH (n:${person} {id: 1}) SET n.seen = true`);
    await world.drop(KEY, [{ id: 2, name: 'ada' }]);
    expect(await world.people()).toEqual([{ id: 1, seen: true }, { id: 2, name: 'ada' }, { id: 3 }]);
  });

  it('a file is told once, though the version below it is refused, too', async ({ world }) => {
    await makeNamesUnique(world);
    const twice = (name: string) => [
      { id: 1, name },
      { id: 2, name },
    ];
    await world.put(KEY, twice('ada'));
    const report = await world.drop(KEY, twice('bob'));
    expect(report.rejected.map(({ key }) => key)).toEqual([KEY]);
    expect(report.rejected[0]?.reason).toContain('bob');
    expect(await world.people()).toEqual([]);
  });

  it('files that are put together pass names on, in whichever order they come', async ({ world }) => {
    await makeNamesUnique(world);
    const names = ['ada', 'bob', 'cem'];
    const keys = names.map((_, n) => `people/${n}.ndjson`);
    for (const [n, name] of names.entries()) await world.drop(keys[n] as string, [{ id: n, name }]);
    for (const [n, key] of keys.entries()) await world.put(key, [{ id: n, name: names[(n + 1) % 3] }]);
    expect(await world.sync(keys)).toMatchObject({ applied: 3, rejected: [] });
    expect((await world.people()).map(({ name }) => name)).toEqual(['bob', 'cem', 'ada']);
  });

  it('a file is tried again when the others of its call are applied', async ({ world }) => {
    await makeNamesUnique(world);
    await world.drop('people/z.ndjson', [{ id: 'z', name: 'ada' }]);
    await world.put('people/a.ndjson', [{ id: 'a', name: 'ada' }]);
    await world.put('people/bad.ndjson', [
      { id: 'b', name: 'same' },
      { id: 'c', name: 'same' },
    ]);
    await world.delete('people/z.ndjson');
    const report = await world.sync(['people/a.ndjson', 'people/bad.ndjson', 'people/z.ndjson']);
    expect(report).toMatchObject({ applied: 2, rejected: [{ key: 'people/bad.ndjson' }] });
    expect(await world.people()).toEqual([{ id: 'a', name: 'ada' }]);
  });

  it('a file of several transactions deletes before it writes', async ({ world }) => {
    await makeNamesUnique(world);
    const rows = (prefix: string) => Array.from({ length: 30 }, (_, n) => ({ id: `${prefix}${n}`, name: `n${n}` }));
    await world.drop(KEY, rows('a'));
    await world.put(KEY, rows('b'));
    const report = await world.sync([KEY], world.worker({ limits: { maxRowsPerTransaction: 7 } }));
    expect(report).toMatchObject({ rejected: [] });
    expect((await world.people()).map(({ id }) => id)).toEqual(
      rows('b')
        .map(({ id }) => id)
        .sort(),
    );
  });
});

interface Person {
  readonly id: number;
  readonly name: string;
  readonly age: number | null;
}

interface Edge {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly since: number | null;
}

interface State {
  readonly people: readonly Person[];
  readonly knows: readonly Edge[];
}

const some = <T>(...values: T[]) => fc.constantFrom(...values);
const anyState = fc.record<State>({
  people: fc.uniqueArray(fc.record({ id: some(1, 2, 3, 4), name: some('ada', 'bob', 'cem'), age: some(1, 2, null) }), {
    selector: ({ id }) => id,
    maxLength: 4,
  }),
  knows: fc.uniqueArray(
    fc.record({ id: some('e', 'f', 'g'), from: some(1, 2, 3, 5), to: some(1, 2, 5), since: some(1, 2, null) }),
    { selector: ({ id }) => id, maxLength: 3 },
  ),
});

/** Constraints that people may have, and whether a state keeps them. */
const CONSTRAINTS = {
  name: { pattern: '(n:$person)', requires: 'n.name', keys: ({ people }: State) => people.map(({ name }) => [name]) },
  'name and age': {
    pattern: '(n:$person)',
    requires: '(n.name, n.age)',
    keys: ({ people }: State) => people.map(({ name, age }) => [name, age]),
  },
  since: {
    pattern: '()-[n:$knows]-()',
    requires: 'n.since',
    keys: ({ knows }: State) => knows.map(({ since }) => [since]),
  },
} as const;
type Constraint = keyof typeof CONSTRAINTS;

function keeps(state: State, constraint: Constraint): boolean {
  const keys = CONSTRAINTS[constraint].keys(state).filter(key => !key.includes(null));
  return new Set(keys.map(key => JSON.stringify(key))).size === keys.length;
}

/** The graph that a state is, computed from nothing but the state. */
function graphOf({ people, knows }: State) {
  const declared = new Map(people.map(({ id, name, age }) => [id, { id, name, ...(age !== null && { age }) }]));
  const ids = new Set([...declared.keys(), ...knows.flatMap(({ from, to }) => [from, to])]);
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    people: [...ids].sort().map((id): Properties => declared.get(id) ?? { id }),
    knows: knows
      .map(({ id, from, to, since }) => ({ from, to, properties: { id, ...(since !== null && { since }) } }))
      .sort((a, b) => byText([a.from, a.to, a.properties.id], [b.from, b.to, b.properties.id])),
  };
}

describe.each<[Transport, number]>([
  ['bolt', 12],
  ['http', 4],
  ['tx-commit', 4],
])('by %s', (by, numRuns) => {
  it('any state after any other is accepted or refused as from nothing', { timeout: 300_000 }, async ({ world }) => {
    const worker = world.worker({
      flow: mixedFlow(world.name),
      connection: connectionTo(inject('services').neo4j, { by }),
    });
    const { person, knows } = world.labels;
    const named = (pattern: string) => pattern.replace('$person', person).replace('$knows', knows);
    let run = 0;
    const property = fc.asyncProperty(
      fc.subarray(Object.keys(CONSTRAINTS) as Constraint[], { minLength: 1 }),
      fc.array(anyState, { minLength: 2, maxLength: 3 }),
      async (constraints, states) => {
        run += 1;
        const key = `mixed/${run}.ndjson`;
        for (const [n, constraint] of constraints.entries()) {
          const { pattern, requires } = CONSTRAINTS[constraint];
          await world.query(`CREATE CONSTRAINT ${world.name}_${n} FOR ${named(pattern)} REQUIRE ${requires} IS UNIQUE`);
        }
        try {
          let expected: State = { people: [], knows: [] };
          for (const state of states) {
            await world.put(key, [...state.people, ...state.knows]);
            const { rejected } = await world.sync([key], worker);
            const accepted = constraints.every(constraint => keeps(state, constraint));
            if (accepted) expected = state;
            expect(rejected.length === 0, JSON.stringify({ states, rejected })).toBe(accepted);
            const { people, knows } = await world.graph();
            expect({ people, knows }).toEqual(graphOf(expected));
          }
        } finally {
          await world.delete(key);
          await world.sync([key], worker);
          for (const n of constraints.keys()) await world.query(`DROP CONSTRAINT ${world.name}_${n}`);
        }
      },
    );
    await fc.assert(property, { numRuns, endOnFailure: true });
  });
});
