/** Threat: a commit that leaves the graph otherwise than tracked state says goes unnoticed: the check that all suites rely on is blind. */
import { expect, it } from 'vitest';
import type { Statement } from '../../lib/neo4j/statements/statement.ts';
import { EMPTY } from '../../lib/state/tree.ts';
import type { PeopleLabels } from './people-flow.ts';
import { withCommit } from './with-commit.ts';
import { World } from './world.ts';

/** What the second of two commits does, or leaves out, that it must not. */
interface Fault {
  /** Returns the statements that are run in place of a batch's own. */
  readonly statements?: (own: readonly Statement[]) => readonly Statement[];
  /** Cypher that runs once the batch is committed. */
  readonly afterwards?: (labels: PeopleLabels) => string;
  readonly found: readonly { readonly kind: string; readonly key: unknown }[];
}

const without = (counts: Statement['counts']) => (own: readonly Statement[]) =>
  own.filter(statement => statement.counts !== counts);

const faults: readonly [title: string, Fault][] = [
  [
    'nodes that were not written',
    {
      statements: without('nodesUpserted'),
      found: [
        { kind: 'altered', key: 'ada' },
        { kind: 'missing', key: 'cy' },
      ],
    },
  ],
  [
    'a value that was not written',
    {
      afterwards: ({ person }) => `MATCH (n:${person} {id: 'ada'}) SET n.name = 'before'`,
      found: [{ kind: 'altered', key: 'ada' }],
    },
  ],
  [
    'a value that Neo4j calls equal to the right one',
    {
      afterwards: ({ person }) => `MATCH (n:${person} {id: 'ada'}) SET n.age = 7.0`,
      found: [{ kind: 'altered', key: 'ada' }],
    },
  ],
  ['an edge that was not made', { statements: without('relationsUpserted'), found: [{ kind: 'missing', key: 'new' }] }],
  [
    'an edge between other nodes',
    {
      afterwards: ({ person, knows }) =>
        `MATCH (a:${person} {id: 'ada'}), (b:${person} {id: 'cy'}), ()-[e:${knows} {id: 'new'}]->() DELETE e CREATE (b)-[:${knows} {id: 'new'}]->(a)`,
      found: [{ kind: 'misplaced', key: 'new' }],
    },
  ],
  ['an edge that was to go', { statements: without('relationsDeleted'), found: [{ kind: 'undeclared', key: 'old' }] }],
  ['a node that was to go', { statements: without('nodesDeleted'), found: [{ kind: 'undeclared', key: 'eve' }] }],
];

/** Two batches; the second writes, alters and removes nodes and edges. */
async function twoBatches(world: World, { statements = own => own, afterwards }: Partial<Fault>): Promise<void> {
  const keys = ['people/a.ndjson', 'knows/a.ndjson'];
  const connection = withCommit(world.connection, commit => async input => {
    const isSecond = input.fence.root !== EMPTY;
    const counts = await commit({
      ...input,
      tolerant: input.tolerant || isSecond,
      statements: isSecond ? statements(input.statements) : input.statements,
    });
    if (isSecond && afterwards) await world.query(afterwards(world.labels));
    return counts;
  });
  const worker = world.worker({ connection });
  await world.put('people/a.ndjson', [
    { id: 'ada', name: 'before', age: 6 },
    { id: 'bob', name: 'same' },
    { id: 'eve', name: 'goes' },
  ]);
  await world.put('knows/a.ndjson', [
    { from: 'ada', to: 'bob', id: 'old' },
    { from: 'bob', to: 'ada', id: 'same' },
  ]);
  expect(await world.sync(keys, worker)).toMatchObject({ applied: 2, transactions: 1 });
  expect(world.wrongCommits).toEqual([]);
  await world.put('people/a.ndjson', [
    { id: 'ada', name: 'after', age: 7 },
    { id: 'bob', name: 'same' },
    { id: 'cy', name: 'comes' },
  ]);
  await world.put('knows/a.ndjson', [
    { from: 'bob', to: 'ada', id: 'same' },
    { from: 'ada', to: 'bob', id: 'new' },
  ]);
  await world.sync(keys, worker);
}

it.each(faults)('%s is found by the commit that left it, and fails the suite', async (_, fault) => {
  const world = await World.create();
  await twoBatches(world, fault);
  const found = world.wrongCommits
    .map(({ kind, key }) => ({ kind, key }))
    .sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1));
  await expect(world.close()).rejects.toThrow('rows as commits left them');
  expect(found).toEqual(fault.found);
});

it('nothing is found where nothing is wrong', async () => {
  const world = await World.create();
  await twoBatches(world, {});
  await world.close();
});
