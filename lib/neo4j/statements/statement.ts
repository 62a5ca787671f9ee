/** One Cypher statement of a batch. User data is in the rows only, never in the text. */
export interface Statement {
  /** Begins `UNWIND $rows AS`, and returns one row with one value `n`. */
  readonly text: string;
  /** The `$rows` parameter: what the statement unwinds. */
  readonly rows: readonly unknown[];
  /**
   * What the statement's one result means. `rows`: how many rows it applied; fewer than given means that somebody changed the
   * graph by hand. `changed`: how many rows it changed, any number is right. `made`: keys of endpoints it had to make.
   */
  readonly result: 'rows' | 'changed' | 'made';
  /** What is counted, for the report. */
  readonly counts: Count;
  /** Of `made`: the same without making any, for the keys that it would make. */
  readonly absent?: string;
  /** The table whose rows it writes. */
  readonly table: string;
}

export type Count =
  | 'nodesUpserted'
  | 'nodesDeleted'
  | 'stubsMade'
  | 'stubsRemoved'
  | 'relationsUpserted'
  | 'relationsDeleted'
  | 'none';

/** Rows of one statement: more are cut up. Between 1,000 and 10,000 the speed is alike. */
const ROWS_PER_STATEMENT = 5_000;

/** Rows that one transaction of maintenance changes or deletes: each takes 3 to 7 KB of the server's memory. */
export const MAINTENANCE_ROWS = 10_000;

/** Cuts a statement with many rows into several. */
export function inChunks(statement: Statement): Statement[] {
  const { rows } = statement;
  const chunks = Math.ceil(rows.length / ROWS_PER_STATEMENT);
  return Array.from({ length: chunks }, (_, i) => ({
    ...statement,
    rows: rows.slice(i * ROWS_PER_STATEMENT, (i + 1) * ROWS_PER_STATEMENT),
  }));
}
