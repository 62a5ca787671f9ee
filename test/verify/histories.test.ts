/** Promise: whatever happened to the bucket, and then to the graph by hand, verify names what was touched and repairs it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { GraphContent, Properties } from '../sync/graph-content.ts';
import { ALL_KEYS, history } from '../sync/people-histories.ts';
import { modelOf, type PeopleRecord } from '../sync/people-model.ts';
import { World } from '../sync/world.ts';
import { type Differences, differences, repairAll, verifyAll } from './verified.ts';

const runs = {
  numRuns: Number(process.env.GRAPHDROP_RUNS ?? 5),
  ...(process.env.GRAPHDROP_SEED && { seed: Number(process.env.GRAPHDROP_SEED) }),
};

/** An edit by hand: the row among those there are, and the kind. */
const edit = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('kill', 'name', 'bare', 'note', 'unlink', 'since', 'node', 'edge', 'stub'),
});

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

async function happens(world: World, { at, kind }: Edit, index: number): Promise<void> {
  const { person, knows, note } = world.labels;
  const nth = (label: string) => `MATCH (n:${label}) WITH n ORDER BY toString(n.id), n.id SKIP $at LIMIT 1`;
  const edge = `MATCH ()-[e:${knows}]->() WITH e ORDER BY e.id SKIP $at LIMIT 1`;
  const text = {
    kill: `${nth(person)} DETACH DELETE n`,
    name: `${nth(person)} SET n.name = 'by hand'`,
    bare: `${nth(person)} SET n = {id: n.id}`,
    note: `${nth(note)} SET n.more = true`,
    unlink: `${edge} DELETE e`,
    since: `${edge} SET e.since = 99`,
    node: `CREATE (:${person} {id: 'odd${index}', name: 'x'})`,
    edge: `${nth(person)} MATCH (m:${person}) WITH n, m ORDER BY toString(m.id) DESC LIMIT 1 CREATE (n)-[:${knows} {id: 'odd${index}'}]->(m)`,
    stub: `CREATE (:${person} {id: 'stub${index}'})`,
  }[kind];
  await world.query(text, { at: BigInt(at % 6) });
}

const place = ({ from, to, properties: { id } }: GraphContent['knows'][number]) =>
  `${String(id).startsWith('Person_') ? '' : `s${id}: `}${keyOf(from)} > ${keyOf(to)}`;

const keyOf = (id: unknown) => (typeof id === 'number' ? `i${id}` : `s${id}`);

/** Works out row by row what a verification should find. */
function expected(model: GraphContent, graph: GraphContent, declared: ReadonlySet<unknown>): Differences {
  const found: Record<string, string[]> = {};
  const put = (name: string, text: string) => (found[name] = [...(found[name] ?? []), text].sort());
  const changed = (a: Properties, b: Properties) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter(name => a[name] !== b[name])
      .sort()
      .join();
  const touched = new Set(graph.knows.flatMap(({ from, to }) => [from, to]));
  for (const [name, wanted, there] of [
    ['people', model.people.filter(({ id }) => declared.has(id)), graph.people],
    ['notes', model.notes, graph.notes],
  ] as const) {
    for (const row of wanted) {
      const other = there.find(({ id }) => id === row.id);
      const names = other && changed(row, other);
      if (other === undefined) put(`${name} missing`, keyOf(row.id));
      else if (names !== '') put(`${name} altered`, `${keyOf(row.id)} ${names}`);
    }
    for (const row of there) {
      if (wanted.some(({ id }) => id === row.id)) continue;
      const isBare = Object.keys(row).length === 1;
      if (!isBare) put(`${name} undeclared`, keyOf(row.id));
      else if (!touched.has(row.id)) put(`${name} stubs`, keyOf(row.id));
    }
  }
  for (const row of model.knows) {
    const other = graph.knows.find(it => place(it) === place(row));
    const names = other && changed(row.properties, other.properties);
    if (other === undefined) put('knows missing', place(row));
    else if (names !== '') put('knows altered', `${place(row)} ${names}`);
  }
  for (const row of graph.knows) {
    if (!model.knows.some(it => place(it) === place(row))) put('knows undeclared', place(row));
  }
  return found;
}

/** Returns the keys of nodes that only undeclared edges touch: if undeclared too, they go with these and needn't be found. */
function endsOfUndeclared(model: GraphContent, graph: GraphContent): Set<string> {
  const places = new Set(model.knows.map(place));
  const ends = (declared: boolean) =>
    graph.knows
      .filter(edge => places.has(place(edge)) === declared)
      .flatMap(({ from, to }) => [keyOf(from), keyOf(to)]);
  const needed = new Set(ends(true));
  return new Set(ends(false).filter(key => !needed.has(key)));
}

it('a verification names what was touched, a repair brings back what files say', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.array(edit, { maxLength: 6 }),
      fc.constantFrom(2, 1000),
      async (events, edits, pageSize) => {
        const world = await World.create();
        try {
          const files = new Map<string, readonly PeopleRecord[]>();
          // Of a scope that has had no batch nothing is compared with the graph.
          await world.put('people/a.ndjson', [{ id: 'ada', name: 'x' }]);
          await world.sync(['people/a.ndjson']);
          await world.delete('people/a.ndjson');
          for (const [index, event] of events.entries()) {
            if (index === events.length >> 1) await world.sync(ALL_KEYS);
            if (event.kind === 'put') {
              files.set(event.key, event.records);
              await world.put(event.key, event.records);
            } else if (event.kind === 'delete') {
              files.delete(event.key);
              await world.delete(event.key);
            }
          }
          await world.sync(ALL_KEYS);
          const model = modelOf(files, world.labels.person);
          const people = [...files].filter(([key]) => key.startsWith('people/')).flatMap(([, records]) => records);
          for (const [index, it] of edits.entries()) await happens(world, it, index);
          const graph = await world.graph();
          const wanted = expected(model, graph, new Set(people.map(({ id }) => id)));
          const worker = world.worker({ limits: { maxRowsPerTransaction: pageSize } });
          const { report } = await verifyAll(worker, { pageSize });
          expect(differences(world, report)).toEqual(wanted);
          // A stub whose edge is missing is needed again once the edge is back.
          const { 'people stubs': stubs = [], ...others } = wanted as Record<string, string[]>;
          const lost = stubs.filter(text => !model.people.some(({ id }) => keyOf(id) === text));
          const gone = endsOfUndeclared(model, graph);
          const alone = (others['people undeclared'] ?? []).filter(text => !gone.has(text));
          const { 'people undeclared': _, ...rest } = others;
          const repaired = {
            ...rest,
            ...(lost.length > 0 && { 'people stubs': lost }),
            ...(alone.length > 0 && { 'people undeclared': alone }),
          };
          expect(differences(world, (await repairAll(world, worker, { pageSize })).report)).toEqual(repaired);
          expect(await world.graph()).toEqual(model);
          expect(await verifyAll(worker)).toMatchObject({ clean: true });
        } finally {
          await world.close();
        }
      },
    ),
    runs,
  );
});
