import type { GraphDatabase, Parameters, ResultRow } from '../graph-database.ts';
import { FENCE, LOCKED_FENCE } from './fence.ts';

/** Rows of a query, and the root that the fence named at that time. */
export interface FoundAtRoot {
  readonly root: string;
  readonly rows: readonly ResultRow[];
}

/** A query that returns one map a row. */
export interface MapQuery {
  readonly text: string;
  readonly parameters: Parameters;
}

/**
 * Reads the graph and the root it is at.
 *
 * @param locked true: no batch commits in between, so that the graph is exactly what that root says, apart from what people
 *   changed. Batches wait meanwhile (20 s at most, if the reader freezes), so the query must be short. False: a batch may
 *   commit at any moment.
 * @returns null: there is no fence
 */
export async function readAtRoot(
  graph: GraphDatabase,
  scope: string,
  query: MapQuery,
  locked: boolean,
): Promise<FoundAtRoot | null> {
  const text = `${locked ? LOCKED_FENCE : FENCE} RETURN f.root AS root, COLLECT { ${query.text} } AS rows`;
  const parameters = { ...query.parameters, scope };
  const [found] = await (locked ? graph.queryOnce(text, parameters) : graph.query(text, parameters));
  if (found === undefined) return null;
  return { root: String(found.root), rows: found.rows as ResultRow[] };
}
