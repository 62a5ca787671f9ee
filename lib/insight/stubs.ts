/** Tells which stubs a change makes and removes: nodes with only a key, which edges hold. */
import { keyedRow } from '../definition/declaration.ts';
import { endpointTableId, tablePattern } from '../definition/definition.ts';
import type { NodeTableShape } from '../neo4j/statements/node-statements.ts';
import { decodeOwners } from '../state/owners.ts';
import type { Root } from '../state/root.ts';
import { EMPTY, lookup, type Nodes } from '../state/tree.ts';
import { type KeyValue, keyText } from '../values/value.ts';
import { isAbsent } from '../values/version.ts';
import type { RowStep, TableSteps } from './root-diff.ts';
import type { Sampled } from './table-changes.ts';

/** Reads how many edges touch nodes of a label, foreign ones too, by the keys' text; what isn't there is left out. */
export type ReadDegrees = (
  table: Pick<NodeTableShape, 'label' | 'primaryKey'>,
  keys: readonly KeyValue[],
) => Promise<ReadonlyMap<string, number>>;

/** Stubs of one label. */
export interface StubChanges {
  /** Nodes that are made, or left, as stubs. */
  readonly made: Sampled<KeyValue>;
  /** Stubs that go with their last edge. */
  readonly removed: Sampled<KeyValue>;
  /** Stubs that a file declares from now on. */
  readonly filled: Sampled<KeyValue>;
}

interface NodeTable {
  readonly id: string;
  readonly label: string;
  readonly primaryKey: string;
  /** By the key's text: how many more edges touch the node than before. */
  readonly nodes: Map<string, { readonly key: KeyValue; edges: number }>;
}

/** Finds the stubs of all labels that a change touches. Nodes of `user` tables are never taken for stubs. */
export async function stubChanges(
  nodes: Nodes,
  before: Root,
  after: Root,
  tables: Iterable<TableSteps>,
  readDegrees: ReadDegrees,
  samples = 10,
): Promise<Record<string, StubChanges>> {
  const changes: Record<string, StubChanges> = {};
  for (const table of touchedNodes(tables)) {
    const { id, label } = table;
    const keys = [...table.nodes.values()].map(({ key }) => key);
    const [was, is] = [await declared(nodes, before, id, keys), await declared(nodes, after, id, keys)];
    const degrees = await readDegrees(table, keys);
    const [made, removed, filled]: KeyValue[][] = [[], [], []];
    for (const [text, { key, edges }] of table.nodes) {
      const degree = degrees.get(text);
      const isHeld = (degree ?? 0) + edges > 0;
      if (!is.has(text) && isHeld && (degree === undefined || was.has(text))) made?.push(key);
      if (degree === undefined || was.has(text)) continue;
      if (is.has(text)) filled?.push(key);
      else if (!isHeld) removed?.push(key);
    }
    const sampled = (all: KeyValue[] = []) => ({ count: all.length, first: all.slice(0, samples) });
    changes[tablePattern({ kind: 'node', label, primaryKey: table.primaryKey })] = {
      made: sampled(made),
      removed: sampled(removed),
      filled: sampled(filled),
    };
  }
  return changes;
}

function touchedNodes(tables: Iterable<TableSteps>): NodeTable[] {
  const found = new Map<string, NodeTable>();
  const touch = (
    end: { readonly label: string; readonly primaryKey: string; readonly managedBy: string },
    key: KeyValue,
    edges: number,
  ): void => {
    if (end.managedBy === 'user') return;
    const id = endpointTableId(end);
    const table = found.get(id) ?? { id, label: end.label, primaryKey: end.primaryKey, nodes: new Map() };
    found.set(id, table);
    const node = table.nodes.get(keyText(key)) ?? { key, edges: 0 };
    node.edges += edges;
    table.nodes.set(keyText(key), node);
  };
  for (const { table, steps } of tables) {
    for (const step of steps) {
      if (table.kind === 'node') {
        if (step.before === null || step.after === null) touch(table, step.key, 0);
        continue;
      }
      const isLoop = (ends: { from: KeyValue; to: KeyValue }) =>
        endpointTableId(table.from) === endpointTableId(table.to) && keyText(ends.from) === keyText(ends.to);
      for (const [ends, edges] of movedEnds(step)) {
        touch(table.from, ends.from, edges);
        // An edge from a node to itself touches it once.
        touch(table.to, ends.to, isLoop(ends) ? 0 : edges);
      }
    }
  }
  return [...found.values()];
}

function movedEnds({ before, after }: RowStep) {
  const [was, is] = [before?.ends, after?.ends];
  if (
    was !== undefined &&
    is !== undefined &&
    keyText(was.from) === keyText(is.from) &&
    keyText(was.to) === keyText(is.to)
  )
    return [];
  return [...(was === undefined ? [] : [[was, -1] as const]), ...(is === undefined ? [] : [[is, 1] as const])];
}

async function declared(nodes: Nodes, root: Root, id: string, keys: readonly KeyValue[]): Promise<Set<string>> {
  const byRow = new Map(keys.map(key => [keyedRow(id, key), keyText(key)]));
  const found = await lookup(nodes, root.tables.get(id)?.rows ?? EMPTY, [...byRow.keys()]);
  const present = [...found].filter(([, owners]) => !isAbsent(decodeOwners(owners).winner.version));
  return new Set(present.map(([row]) => byRow.get(row) ?? ''));
}
