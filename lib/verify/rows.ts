/** Compares what tracked state says the graph holds with the graph. */
import pMap from 'p-map';
import { knownTables } from '../batch.ts';
import { readAccepted } from '../bucket.ts';
import { commitChanges } from '../committer.ts';
import type { AppliedTable } from '../graph/applied-table.ts';
import { type Declaration, type Ends, edgeRow, endsText, keyedRow } from '../graph/declaration.ts';
import { RejectedObjectError } from '../graph/errors.ts';
import { keyText, toKeyValue } from '../graph/value.ts';
import { readRoot } from '../lease.ts';
import { shapeOf } from '../neo4j/batch-statements.ts';
import { readAtRoot } from '../neo4j/read-at-root.ts';
import { rowsByKey } from '../neo4j/row-queries.ts';
import type { Scope } from '../scope.ts';
import { UNKNOWN_VALUES } from '../state/manifest-row.ts';
import { NodeStage } from '../state/node-stage.ts';
import type { Root } from '../state/root.ts';
import { type TrackedRow, trackedRows } from '../tracked-rows.ts';
import { differingProperties, hasFingerprint, type Properties } from './stored-row.ts';

/** A declared row that the graph lacks, or has otherwise. */
export interface RowDifference {
  /**
   * - `missing`: not in the graph.
   * - `altered`: other properties.
   * - `misplaced`: an edge that is there, but between other endpoints.
   */
  readonly kind: 'missing' | 'altered' | 'misplaced';
  readonly row: string;
  readonly tracked: TrackedRow;
  /** What the graph has of an altered row; several where a key isn't unique. */
  readonly copies: readonly Properties[];
  /** Endpoints that a misplaced edge has. */
  readonly found: readonly Ends[];
}

/** A row of the graph. */
interface GraphRow {
  readonly row: string;
  readonly ends: Ends | undefined;
  readonly properties: Properties;
}

/** Finds rows of a table that the graph doesn't have as a root says. @param locked see {@link readAtRoot} */
export async function findDifferences(
  scope: Scope,
  root: Root,
  table: string,
  rows: readonly string[],
  locked: boolean,
): Promise<RowDifference[]> {
  const stage = new NodeStage(scope.cache, scope.nodes);
  let tracked = await trackedRows(stage, root, table, rows);
  let definition = root.tables.get(table)?.table;
  if (tracked.size === 0 || definition === undefined) return [];
  // A row has one key for ever: which rows to read doesn't depend on the root, what they shall be does.
  const keys = [...new Map([...tracked.values()].map(({ key }) => [keyText(key), key])).values()];
  const shape = shapeOf(knownTables(root, scope.tables).get(table) ?? definition);
  const query = rowsByKey(shape, definition.managedBy === 'system', keys, true);
  const found = await readAtRoot(scope.connection.graph, scope.name, query, locked);
  if (found === null) return [];
  if (locked) {
    const present = await readRoot(scope, found.root);
    tracked = await trackedRows(stage, present, table, rows);
    definition = present.tables.get(table)?.table ?? definition;
  }
  const byRow = new Map<string, GraphRow[]>();
  for (const record of found.rows) {
    const row = graphRow(definition, table, record);
    if (row !== null) byRow.set(row.row, [...(byRow.get(row.row) ?? []), row]);
  }
  return [...tracked].flatMap(([row, it]) => compare(definition, row, it, byRow.get(row) ?? []));
}

function compare(table: AppliedTable, row: string, tracked: TrackedRow, found: readonly GraphRow[]): RowDifference[] {
  const { ends, fingerprint, version } = tracked;
  const place = ends && endsText(ends);
  const placed = found.filter(other => (other.ends && endsText(other.ends)) === place);
  if (placed.length === 0) {
    // In a user's table, what else has the key may be somebody's own.
    const misplaced = table.managedBy === 'system' ? found.flatMap(other => other.ends ?? []) : [];
    return [{ kind: misplaced.length > 0 ? 'misplaced' : 'missing', row, tracked, copies: [], found: misplaced }];
  }
  if (fingerprint === UNKNOWN_VALUES) return [];
  const wrong = placed.filter(({ properties }) => !hasFingerprint(fingerprint, properties, ends, version));
  if (wrong.length === 0) return [];
  return [{ kind: 'altered', row, tracked, copies: wrong.map(({ properties }) => properties), found: [] }];
}

/** Names of the properties of an altered row that aren't as its winner says; null: the winner's values are nowhere any more. */
export type AlteredProperties = ReadonlyMap<string, readonly string[] | null>;

/** Reads the winners of altered rows again, to tell what of the rows differs. */
export async function alteredProperties(
  scope: Scope,
  root: Root,
  table: string,
  altered: readonly RowDifference[],
): Promise<AlteredProperties> {
  const byWinner = new Map<string, RowDifference[]>();
  for (const difference of altered) {
    const { key } = difference.tracked.winner;
    byWinner.set(key, [...(byWinner.get(key) ?? []), difference]);
  }
  const columns = root.tables.get(table)?.table.columns ?? null;
  const named = new Map<string, readonly string[] | null>();
  await pMap(
    byWinner.values(),
    async differences => {
      const rows = new Set(differences.map(({ row }) => row));
      const declared = await declarationsOf(scope, (differences[0] as RowDifference).tracked, rows);
      for (const { row, tracked, copies } of differences) {
        const declaration = declared.get(row);
        if (declaration?.fingerprint !== tracked.fingerprint) {
          named.set(row, null);
          continue;
        }
        const names = copies.flatMap(properties => differingProperties(declaration.values, properties, columns));
        named.set(row, [...new Set(names)].sort());
      }
    },
    { concurrency: 8 },
  );
  return named;
}

async function declarationsOf(
  scope: Scope,
  { winner }: TrackedRow,
  rows: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Declaration>> {
  try {
    return (await readAccepted(scope, winner, rows))?.rows ?? new Map();
  } catch (error) {
    if (error instanceof RejectedObjectError) return new Map();
    throw error;
  }
}

/**
 * Writes rows again as their winners say, in the way of every batch, merging.
 *
 * @throws what kept the batch from being applied; ScopeBusyError while another worker commits
 */
export async function rewriteRows(scope: Scope, table: string, rows: readonly string[]): Promise<void> {
  const lost = rows.map(row => ({ table, row }));
  const { failure } = await commitChanges(scope, [], lost);
  if (failure !== null) throw failure.error;
}

function graphRow(table: AppliedTable, id: string, record: Record<string, unknown>): GraphRow | null {
  try {
    const key = toKeyValue(record.key);
    const properties = onlyColumns(record.properties as Properties, table.columns);
    if (table.kind === 'node') return { row: keyedRow(id, key), ends: undefined, properties };
    const ends = { from: toKeyValue(record.from), to: toKeyValue(record.to) };
    return { row: edgeRow({ ...table, table: id }, key, ends), ends, properties };
  } catch {
    return null; // made by hand: no row has such a key
  }
}

function onlyColumns(properties: Properties, columns: readonly string[] | null): Properties {
  if (columns === null) return properties;
  return Object.fromEntries(
    columns.flatMap(name => (Object.hasOwn(properties, name) ? [[name, properties[name]]] : [])),
  );
}
