/** Debug mode: after each commit, what it touched is read back and compared with the root that it left. */
import { tableId } from '../../lib/definition/definition.ts';
import { tableTag } from '../../lib/definition/table-tag.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import type { Scope } from '../../lib/scope.ts';
import { decodeManifestRow, isUnknown, type ManifestRow } from '../../lib/state/manifest-row.ts';
import { decodeObject } from '../../lib/state/object-entry.ts';
import { readRoot } from '../../lib/state/read-root.ts';
import type { Root } from '../../lib/state/root.ts';
import { EMPTY, lookup, type Nodes } from '../../lib/state/tree.ts';
import { diffTrees } from '../../lib/state/tree-diff.ts';
import { findDifferences, type RowDifference } from '../../lib/verify/declared-rows.ts';
import { findUndeclared, knownContent } from '../../lib/verify/undeclared-rows.ts';
import { withCommit } from './with-commit.ts';

/** A row that a commit left otherwise than the root's manifests say. */
export interface ReadBack {
  readonly kind: string;
  readonly table: string;
  readonly key: unknown;
  readonly root: string;
}

/** Rows of a table that are read back after one commit: the first of very many. */
const MOST = 300;

/**
 * A connection whose commits are read back, by a scope that has no faults.
 *
 * @param found told what the graph holds otherwise than tracked state says
 */
export function readingBack(
  connection: ConnectionFactory,
  sound: () => Scope,
  found: (row: ReadBack) => void,
): ConnectionFactory {
  return withCommit(connection, commit => async input => {
    const counts = await commit(input);
    const { root, next } = input.fence;
    // A test may have taken tree nodes away, or the database itself: then there is nothing to compare.
    for (const row of await differences(sound(), root, next).catch(() => [])) found(row);
    return counts;
  });
}

async function differences(scope: Scope, before: string, after: string): Promise<ReadBack[]> {
  if (before === after) return [];
  const root = await readRoot(scope, after);
  const rows: ReadBack[] = [];
  for (const [table, touched] of await touchedRows(scope, await readRoot(scope, before), root)) {
    const some = new Map([...touched].slice(0, MOST));
    // Of undecided rows the state says no values, or only a file could tell. One that was absent may have a winner that can't be
    // read: the state says neither values nor ends of it, and the graph needn't have it yet.
    const isSaid = ({ kind, tracked }: RowDifference) =>
      kind !== 'undecided' && (kind !== 'missing' || !isUnknown(tracked) || tracked.ends !== undefined);
    const look = async (names: readonly string[], locked: boolean) =>
      (await findDifferences(scope, root, table, names, locked)).filter(isSaid);
    const suspects = await look([...some.keys()], false);
    // Others may have committed meanwhile: what seems to differ is looked at again while none can.
    const sure = suspects.length === 0 ? [] : await look([...new Set(suspects.map(({ row }) => row))], true);
    for (const { kind, tracked } of sure) rows.push({ kind, table, key: tracked.key, root: after });
    for (const { kind, key } of await undeclared(scope, root, table, some)) {
      rows.push({ kind, table, key, root: after });
    }
  }
  return rows;
}

/** Finds what a system table's rows that went have left. */
async function undeclared(scope: Scope, root: Root, id: string, touched: ReadonlyMap<string, ManifestRow>) {
  const table = [...scope.tables.values()].find(one => tableId(one) === id);
  if (table?.managedBy !== 'system') return [];
  const present = await lookup(scope.nodes.stage(), root.tables.get(id)?.rows ?? EMPTY, [...touched.keys()]);
  const keys = [...touched].filter(([row]) => !present.has(row)).map(([, { key }]) => key);
  const look = async (locked: boolean) =>
    (await findUndeclared(scope, table, knownContent(scope, root, id), keys, locked)).filter(({ row }) =>
      touched.has(row),
    );
  return (await look(false)).length === 0 ? [] : await look(true);
}

/** Finds the rows that two roots tell otherwise, by table. */
async function touchedRows(scope: Scope, before: Root, after: Root): Promise<Map<string, Map<string, ManifestRow>>> {
  const nodes: Nodes = scope.nodes.stage();
  const byTag = new Map([...before.tables.keys(), ...after.tables.keys()].map(id => [tableTag(id), id]));
  const touched = new Map<string, Map<string, ManifestRow>>();
  for (const object of await diffTrees(nodes, before.objects, after.objects)) {
    const [old, now] = [object.before, object.after].map(text =>
      text === undefined ? EMPTY : decodeObject(text).manifest,
    ) as [string, string];
    for (const row of await diffTrees(nodes, old, now)) {
      const entry = decodeManifestRow(row.after ?? (row.before as string));
      const table = byTag.get(entry.tag) ?? '';
      touched.set(table, (touched.get(table) ?? new Map<string, ManifestRow>()).set(row.key, entry));
    }
  }
  return touched;
}
