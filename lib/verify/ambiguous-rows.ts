/** Finds declared rows whose key, or an endpoint's, several nodes of a user's table have. */
import { nodesWithSharedKeys } from '../neo4j/statements/row-queries.ts';
import type { Scope } from '../scope.ts';
import type { Root } from '../state/root.ts';
import { type TrackedRow, trackedRows } from '../state/tracked-rows.ts';
import { type KeyValue, keyText, toKeyValue } from '../values/value.ts';

/** A node table of which a row needs one node. */
interface Needed {
  readonly table: { readonly label: string; readonly primaryKey: string };
  readonly keyOf: (row: TrackedRow) => KeyValue | undefined;
}

/** Returns the rows that a user's nodes make ambiguous. That is no difference: nothing tells which of the nodes was meant. */
export async function findAmbiguous(
  scope: Scope,
  root: Root,
  table: string,
  rows: readonly string[],
): Promise<TrackedRow[]> {
  const needed = neededNodes(root, table);
  if (needed.length === 0) return [];
  const tracked = [...(await trackedRows(scope.nodes.stage(), root, table, rows)).values()];
  const ambiguous = await Promise.all(
    needed.map(async ({ table: nodes, keyOf }) => {
      const keys = new Map(tracked.map(keyOf).flatMap(key => (key === undefined ? [] : [[keyText(key), key]])));
      const { text, parameters } = nodesWithSharedKeys(nodes, [...keys.values()]);
      const shared = await scope.connection.graph.query(text, parameters);
      const texts = new Set(shared.map(({ key }) => keyText(toKeyValue(key))));
      return tracked.filter(row => {
        const key = keyOf(row);
        return key !== undefined && texts.has(keyText(key));
      });
    }),
  );
  return [...new Set(ambiguous.flat())];
}

function neededNodes(root: Root, id: string): Needed[] {
  const table = root.tables.get(id)?.table;
  if (table === undefined) return [];
  if (table.kind === 'node') return table.managedBy === 'user' ? [{ table, keyOf: ({ key }) => key }] : [];
  return (['from', 'to'] as const).flatMap(side => {
    const end = table[side];
    return end.managedBy === 'user' ? [{ table: end, keyOf: ({ ends }: TrackedRow) => ends?.[side] }] : [];
  });
}
