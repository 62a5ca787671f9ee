import { type AppliedTable, extraLabels } from '../../definition/applied-table.ts';
import {
  claimOf,
  type GraphDefinition,
  labelClaim,
  type TableDefinition,
  tableId,
  tableName,
  tablePattern,
} from '../../definition/definition.ts';
import { GraphdropError } from '../../errors.ts';
import { quoted } from '../../values/identifier.ts';
import type { GraphDatabase } from '../graph-database.ts';
import type { Claimant } from '../statements/node-statements.ts';
import { KEEP_NOTED, labelsOf, tablesOf } from './noted-tables.ts';
import { type OwnFence, setInFence } from './own-fence.ts';

/** A `system` table can't be this scope's: another scope has it, or it has rows that graphdrop didn't make. */
export class ClaimError extends GraphdropError {
  readonly code = 'CLAIM';
}

/** What a scope claims in a database, as its fence says. */
export interface ScopeClaims {
  readonly scope: string;
  /** Its `system` tables: see `claimOf`. */
  readonly claims: readonly string[];
  /** Labels that its rows may have apart from their tables' own: no other scope may claim them. Several scopes may have one. */
  readonly labels: readonly string[];
  /** Names of its own constraints and indexes: those it made, or found under the name that convention gives them. */
  readonly schema: readonly string[];
}

/**
 * Checks that the definition's `system` tables can be the scope's.
 *
 * @returns ids of the tables with rows already, which are taken over (the tables say `adopt`)
 * @throws ClaimError
 */
export async function checkClaims(
  graph: GraphDatabase,
  scope: string,
  definition: GraphDefinition,
): Promise<readonly string[]> {
  const { claims: own } = await requireUnclaimed(graph, scope, definition);
  const adopted: string[] = [];
  for (const table of definition.tables) {
    const claim = claimOf(table);
    if (claim === null || own.includes(claim) || !(await hasRows(graph, table))) continue;
    if (!table.adopt) {
      throw new ClaimError(
        `${claim} has rows already that ${scope} didn't make; remove them, or say adopt: true to have them taken over ` +
          '(those that no file declares are then removed)',
      );
    }
    adopted.push(tableId(table));
  }
  return adopted;
}

/**
 * Returns what the scope itself claims.
 *
 * @throws ClaimError if another scope has one of the definition's tables, or one's label as an extra one, or claims an extra label
 */
async function requireUnclaimed(
  graph: GraphDatabase,
  scope: string,
  definition: GraphDefinition,
): Promise<Pick<ScopeClaims, 'claims' | 'labels'>> {
  const fences = await readClaims(graph);
  const others = fences.filter(fence => fence.scope !== scope);
  for (const table of definition.tables) {
    const claim = claimOf(table);
    const holder = claim === null ? undefined : others.find(({ claims }) => claims.includes(claim));
    if (holder !== undefined)
      throw new ClaimError(
        `${claim} belongs to ${holder.scope} in this database; ${scope} can't manage it as well: declare it in one flow only, ` +
          "or with managedBy: 'user' in the other, or give one of them another database",
      );
    const user = table.kind === 'node' && claim !== null && others.find(({ labels }) => labels.includes(table.label));
    if (user)
      throw new ClaimError(
        `${claim} is an extra label of rows of ${user.scope} in this database, so ${scope} can't manage it: name one of them otherwise, ` +
          'or give one of them another database',
      );
    for (const label of extraLabels(table)) {
      const owner = others.find(({ claims }) => claims.includes(labelClaim(label)));
      if (owner === undefined) continue;
      throw new ClaimError(
        `${labelClaim(label)} belongs to ${owner.scope} in this database, so it can't be an extra label of ${tablePattern(table)} of ` +
          `${scope}: take it out of the table's labels, or give one of them another database`,
      );
    }
  }
  return fences.find(fence => fence.scope === scope) ?? { claims: [], labels: [] };
}

/** Reads what the scopes of a database claim. */
export async function readClaims(graph: GraphDatabase): Promise<readonly ScopeClaims[]> {
  const text =
    'MATCH (f:_Graphdrop) RETURN f.scope AS scope, coalesce(f.claims, []) AS claims, ' +
    'coalesce(f.labels, []) AS labels, coalesce(f.schema, []) AS schema';
  return (await graph.query(text)) as unknown as ScopeClaims[];
}

/**
 * Finds which of some tables `managedBy: 'user'` write to rows that another scope claims, or that may have the table's label as an extra
 * one: those rows are its own.
 *
 * @returns by table id the claiming tables, with the columns of all their versions, and all extra labels of their scope
 */
export async function findClaimants(
  graph: GraphDatabase,
  scope: string,
  tables: readonly AppliedTable[],
): Promise<ReadonlyMap<string, Claimant>> {
  const shared = new Map(tables.flatMap(table => (table.managedBy === 'user' ? [[tablePattern(table), table]] : [])));
  const claimants = new Map<string, Claimant>();
  if (shared.size === 0) return claimants;
  const fences = await graph.query(
    `MATCH (f:_Graphdrop) WHERE f.scope <> $scope
       AND (any(c IN coalesce(f.claims, []) WHERE c IN $patterns) OR any(l IN coalesce(f.labels, []) WHERE l IN $names))
     RETURN coalesce(f.claims, []) AS claims, coalesce(f.labels, []) AS labels, coalesce(f.tables, []) AS tables`,
    { scope, patterns: [...shared.keys()], names: [...shared.values()].map(tableName) },
  );
  for (const { claims, labels, tables: entries } of fences as Record<'claims' | 'labels' | 'tables', string[]>[]) {
    const noted = tablesOf(entries);
    for (const claim of [...claims, ...labels.map(labelClaim)]) {
      const table = shared.get(claim);
      if (table === undefined) continue;
      const theirs = noted.filter(other => tablePattern(other) === claim);
      // Claimed and not noted yet: nothing is known of its columns.
      const columns = theirs.some(other => other.columns === null)
        ? null
        : theirs.flatMap(other => other.columns ?? []);
      claimants.set(tableId(table), { columns: theirs.length === 0 ? null : columns, labels });
    }
  }
  return claimants;
}

/**
 * Adds the definition's tables to the scope's claims. Of two scopes that claim a table at the same time one at most gets it:
 * each looks again when it has written.
 *
 * @throws ClaimError if another scope has a table, StaleFenceError
 */
export async function takeClaims(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const own = await requireUnclaimed(graph, fence.scope, definition);
  await writeClaims(graph, fence, definition);
  try {
    await requireUnclaimed(graph, fence.scope, definition);
  } catch (error) {
    // After a passing error all of this is done again.
    if (!(error instanceof ClaimError)) throw error;
    const { claims, labels } = own;
    await setInFence(graph, fence, 'f.claims = $claims, f.labels = $labels', { claims, labels });
    throw new ClaimError(`${error.message}; both claimed it at the same time, so deploy one of them again`);
  }
}

/** Adds the definition's claims and extra labels to those in the scope's fence. @throws StaleFenceError */
export async function writeClaims(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set =
    'f.claims = [c IN coalesce(f.claims, []) WHERE NOT c IN $claims] + $claims, ' +
    'f.labels = [l IN coalesce(f.labels, []) WHERE NOT l IN $labels] + $labels';
  await setInFence(graph, fence, set, { claims: claimsOf(definition), labels: labelsOf(definition.tables) });
}

/** Gives up all claims and tables that the definition lacks, once their rows are deleted. @throws StaleFenceError */
export async function keepClaims(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set = `f.claims = [c IN coalesce(f.claims, []) WHERE c IN $claims], ${KEEP_NOTED}`;
  await setInFence(graph, fence, set, { claims: claimsOf(definition), ids: definition.tables.map(tableId) });
}

/** Notes in the fence which constraints and indexes are the scope's own; without a fence nothing. @throws StaleFenceError */
export async function noteSchema(graph: GraphDatabase, fence: OwnFence, schema: readonly string[]): Promise<void> {
  await setInFence(graph, fence, 'f.schema = $schema', { schema });
}

function claimsOf(definition: GraphDefinition): string[] {
  return definition.tables.flatMap(table => claimOf(table) ?? []);
}

async function hasRows(graph: GraphDatabase, table: TableDefinition): Promise<boolean> {
  const pattern =
    table.kind === 'node'
      ? `(r:${quoted(table.label)})`
      : `(:${quoted(table.from.label)})-[r:${quoted(table.type)}]->(:${quoted(table.to.label)})`;
  return (await graph.query(`MATCH ${pattern} RETURN 1 AS n LIMIT 1`)).length > 0;
}
