import type { Declaration, Ends } from '../definition/declaration.ts';
import type { EndpointDefinition } from '../definition/definition.ts';
import { endpointTableId } from '../definition/definition.ts';
import type { KeyValue } from '../values/value.ts';

/** What the graph holds of a row. */
export interface GraphRow {
  readonly fingerprint: string;
  readonly key: KeyValue;
  readonly ends?: Ends;
}

/** A row's way from what the graph holds to what it will hold; null: not there. */
export interface Transition {
  readonly table: string;
  readonly row: string;
  readonly before: GraphRow | null;
  readonly after: Declaration | null;
}

/** What must be known of a table to plan its writes. */
export type PlannedTable =
  | { readonly kind: 'node'; readonly managedBy: 'system' | 'user' }
  | { readonly kind: 'relation'; readonly from: EndpointDefinition; readonly to: EndpointDefinition };

export interface NodeWrites {
  readonly upserts: Declaration[];
  /** Nodes without owners: deleted, or made bare stubs while edges touch them. */
  readonly deletes: KeyValue[];
  /** Endpoints that must exist; made as stubs where absent. */
  readonly endpoints: KeyValue[];
  /** Endpoints of edges that go: removed if nothing declares them and no edge touches them. */
  readonly abandoned: KeyValue[];
}

export interface RelationWrites {
  readonly creates: Declaration[];
  /** Edges that stay between their endpoints and change their properties. */
  readonly updates: Declaration[];
  readonly deletes: EdgeRef[];
}

export interface EdgeRef {
  readonly key: KeyValue;
  readonly ends: Ends;
}

/** Everything one Neo4j transaction does, by table id. A value: it can be tested and shown. */
export interface Plan {
  readonly nodes: ReadonlyMap<string, NodeWrites>;
  readonly relations: ReadonlyMap<string, RelationWrites>;
}

/** Plans the writes of a batch. Pure; the order of transitions doesn't matter. */
export function planWrites(transitions: readonly Transition[], tables: ReadonlyMap<string, PlannedTable>): Plan {
  const nodes = new Map<string, TouchedNodes>();
  const relations = new Map<string, { writes: RelationWrites; from: TouchedNodes; to: TouchedNodes }>();
  const nodesOf = (table: string) => getOrMake(nodes, table, touchedNodes);
  for (const transition of transitions) {
    const { before, after } = transition;
    if (before?.fingerprint === after?.fingerprint) continue;
    const table = tables.get(transition.table);
    if (table === undefined) throw new RangeError(`no table ${transition.table}`);
    if (table.kind === 'node') {
      const { writes, touched } = nodesOf(transition.table);
      if (after !== null) writes.upserts.push(after);
      else if (before !== null) writes.deletes.push(before.key);
      touched.add((after ?? (before as GraphRow)).key);
      continue;
    }
    const { writes, from, to } = getOrMake(relations, transition.table, () => ({
      writes: { creates: [], updates: [], deletes: [] },
      from: nodesOf(endpointTableId(table.from)),
      to: nodesOf(endpointTableId(table.to)),
    }));
    const stays = before !== null && after !== null && sameEnds(before, after);
    if (stays) writes.updates.push(after);
    else if (after !== null) writes.creates.push(after);
    if (after?.ends) {
      from.endpoints.add(after.ends.from);
      to.endpoints.add(after.ends.to);
    }
    if (before?.ends && !stays) {
      writes.deletes.push({ key: before.key, ends: before.ends });
      from.abandoned.add(before.ends.from);
      to.abandoned.add(before.ends.to);
    }
  }
  for (const [id, { writes, touched, endpoints, abandoned }] of nodes) {
    const upserted = new Set(writes.upserts.map(({ key }) => key));
    for (const key of endpoints) if (!upserted.has(key)) writes.endpoints.push(key);
    const table = tables.get(id);
    if (table?.kind === 'node' && table.managedBy === 'user') continue; // the user's own nodes are never taken for stubs
    for (const key of abandoned) if (!touched.has(key)) writes.abandoned.push(key);
  }
  return { nodes: mapValues(nodes, ({ writes }) => writes), relations: mapValues(relations, ({ writes }) => writes) };
}

/** A table's nodes that a batch touches. */
interface TouchedNodes {
  readonly writes: NodeWrites;
  /** Keys of nodes that are written or deleted themselves. */
  readonly touched: Set<KeyValue>;
  readonly endpoints: Set<KeyValue>;
  readonly abandoned: Set<KeyValue>;
}

function touchedNodes(): TouchedNodes {
  return {
    writes: { upserts: [], deletes: [], endpoints: [], abandoned: [] },
    touched: new Set(),
    endpoints: new Set(),
    abandoned: new Set(),
  };
}

function sameEnds(a: GraphRow, b: GraphRow): boolean {
  return a.key === b.key && a.ends?.from === b.ends?.from && a.ends?.to === b.ends?.to;
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}

function mapValues<V, W>(map: ReadonlyMap<string, V>, change: (value: V) => W): Map<string, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
