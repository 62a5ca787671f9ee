/** Contents of a bucket that differ in every way a batch can treat: rows that come, change, move, are shared and go. */
import type { World } from '../sync/world.ts';

/** Records by object key; null: no such object. */
export type Files = Readonly<Record<string, readonly object[] | null>>;

const person = (id: string, name = id) => ({ id, name });

export const before: Files = {
  'people/a.ndjson': ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'].map(id => person(id)),
  'people/b.ndjson': [person('p6', 'six of b'), person('p7'), person('p8')],
  'knows/a.ndjson': [
    { id: 'moves', from: 'p1', to: 'p2' },
    { id: 'goes', from: 'p2', to: 'p3' },
    { from: 'p3', to: 'stranger', since: 1 },
    { from: 'p7', to: 'p8', since: 1 },
  ],
  'notes/a.ndjson': [
    { id: 'n1', rev: 1, text: 'old' },
    { id: 'n2', rev: 1, extra: 'yes' },
  ],
  'notes/b.ndjson': null,
};

export const after: Files = {
  'people/a.ndjson': [
    person('p1', 'One'),
    person('p3'),
    person('p4', 'Four'),
    person('p5'),
    person('p6'),
    person('p9'),
  ],
  'people/b.ndjson': null,
  'knows/a.ndjson': [
    { id: 'moves', from: 'p1', to: 'p9' },
    { from: 'p3', to: 'stranger', since: 2 },
    { from: 'p4', to: 'nobody' },
  ],
  'notes/a.ndjson': [
    { id: 'n1', rev: 2, text: 'new' },
    { id: 'n3', rev: 1 },
  ],
  'notes/b.ndjson': [{ id: 'n1', rev: 1, text: 'never wins' }],
};

export const keys = Object.keys(before);

/** A bucket without any of the files. */
export const nothing: Files = Object.fromEntries(keys.map(key => [key, null]));

export async function putFiles(world: World, files: Files): Promise<void> {
  for (const [key, records] of Object.entries(files)) {
    if (records === null) await world.delete(key);
    else await world.put(key, records);
  }
}

/** What a scope is at rest: two runs that ended alike give equal values. */
export interface AtRest {
  readonly graph: object;
  readonly root: string;
  readonly fenceRoot: unknown;
  readonly pending: string | null;
  readonly holder: string | null;
  readonly resync: boolean;
}

/** The graph, and both places that name the root of its tracked state. */
export async function atRest(world: World): Promise<AtRest> {
  const scope = world.worker();
  const head = await scope.head.read();
  const [fence] = await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.root AS root', {
    scope: scope.name,
  });
  const { root = '', pending = null, holder = null } = head ?? {};
  return {
    graph: await world.graph(),
    root,
    fenceRoot: fence?.root,
    pending,
    holder,
    resync: (head?.resync ?? null) !== null,
  };
}

/** Makes the graph follow files in a run in which nothing goes wrong, and says what it came to. */
export async function cleanRun(world: World, files: Files): Promise<AtRest> {
  await putFiles(world, files);
  await world.sync(keys);
  return await atRest(world);
}
