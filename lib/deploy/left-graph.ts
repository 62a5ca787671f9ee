import type { AppliedTable } from '../definition/applied-table.ts';
import { tablePattern } from '../definition/definition.ts';
import { GraphdropError } from '../errors.ts';
import { rootOf } from '../neo4j/fence/fence.ts';
import { notedTables } from '../neo4j/fence/noted-tables.ts';
import { readFence } from '../neo4j/fence/stamp-fence.ts';
import type { GraphDatabase } from '../neo4j/graph-database.ts';
import type { Head } from '../state/head.ts';
import { EMPTY } from '../state/tree.ts';
import { quoted } from '../values/identifier.ts';

/** The graph has rows of an earlier deployment, and a state that knows none of them would remove what its bucket doesn't declare. */
export class LeftGraphError extends GraphdropError {
  readonly code = 'LEFT_GRAPH';
}

/**
 * Refuses a new state the rows that an earlier deployment left in the graph: the bucket that comes with it may be an empty one, and
 * the graph would become what that says.
 *
 * @param head of the scope's state; null: it has none yet
 * @throws LeftGraphError that names what would go
 */
export async function requireKnownGraph(graph: GraphDatabase, scope: string, head: Head | null): Promise<void> {
  const isNew = head === null || (head.root === EMPTY && head.pending === null);
  const fence = isNew ? await readFence(graph, scope) : null;
  if (fence === null || fence.store !== '' || rootOf(fence) === EMPTY) return;
  const left: string[] = [];
  for (const table of await notedTables(graph, scope)) {
    const count = await countRows(graph, table);
    if (count > 0) left.push(`${tablePattern(table)} ${count.toLocaleString('en')}`);
  }
  if (left.length === 0) return;
  throw new LeftGraphError(
    `${scope}: the graph has rows that an earlier deployment left (${left.join(', ')}), and the state table of this one is new: ` +
      'whatever the files of its bucket do not declare would be removed. Deploy with the bucket and the table of that deployment ' +
      '(-c bucket=… -c table=…) to go on where it was, or say takeOver (-c takeOver=true) to have the graph made what the files say',
  );
}

/** Counts rows as the database's own statistics do, so that it takes no time: rows made by hand are among them. */
async function countRows(graph: GraphDatabase, table: AppliedTable): Promise<number> {
  const pattern =
    table.kind === 'node'
      ? `(r:${quoted(table.label)})`
      : `(:${quoted(table.from.label)})-[r:${quoted(table.type)}]->()`;
  const [row] = await graph.query(`MATCH ${pattern} RETURN count(r) AS n`);
  return Number(row?.n ?? 0);
}
