import { type AppliedTable, applied } from '../definition/applied-table.ts';
import { endpointTableId, type TableDefinition, tableId } from '../definition/definition.ts';
import type { Root } from '../state/root.ts';

/** The tables of the root, as applied, and those of the flow, as they will be. */
export function knownTables(root: Root, flow: ReadonlyMap<string, TableDefinition>): Map<string, AppliedTable> {
  const known = new Map<string, AppliedTable>();
  for (const [id, { table }] of root.tables) known.set(id, table);
  for (const definition of flow.values()) {
    const id = tableId(definition);
    known.set(id, applied(definition, known.get(id)));
  }
  for (const table of [...known.values()]) {
    if (table.kind !== 'relation') continue;
    // Edges may join labels that no table of the flow declares any more.
    for (const end of [table.from, table.to]) {
      const id = endpointTableId(end);
      if (!known.has(id)) known.set(id, { kind: 'node', ...end, columns: [] });
    }
  }
  return known;
}
