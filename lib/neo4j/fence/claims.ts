import { type AppliedTable, extraLabels } from '../../definition/applied-table.ts';
import {
  claimOf,
  type GraphDefinition,
  labelClaim,
  type TableDefinition,
  tableId,
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
  const fences = await readClaims(graph);
  requireUnclaimed(fences, scope, definition);
  for (const table of definition.tables) {
    // Tables of the user's as well, which no fence names; and what this scope's rows still have by the definition before.
    refuseExtraAsTable(table, fences);
    refuseTableAsExtra(table, fences);
  }
  const own = claimsIn(fences, scope).claims;
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

/** Refuses a definition of which another scope has a table, one's label as an extra one, or an extra label as a table's. @throws ClaimError */
function requireUnclaimed(fences: readonly ScopeClaims[], scope: string, { tables }: GraphDefinition): void {
  const others = fences.filter(fence => fence.scope !== scope);
  for (const table of tables) {
    const claim = claimOf(table);
    const holder = claim === null ? undefined : others.find(({ claims }) => claims.includes(claim));
    if (holder !== undefined) {
      throw new ClaimError(
        `${claim} belongs to ${holder.scope} in this database; ${scope} can't manage it as well: declare it in one flow only, ` +
          "or with managedBy: 'user' in the other, or give one of them another database",
      );
    }
    if (claim !== null) refuseExtraAsTable(table, others);
    refuseTableAsExtra(table, others);
  }
}

const APART =
  'name one of them otherwise, or give one of them another database; where one scope has both, deploy without the label first, and ' +
  'have a resync settle';

/** Refuses a table whose label rows of a scope may have as an extra one: they would be rows of both. @throws ClaimError */
function refuseExtraAsTable(table: TableDefinition, fences: readonly ScopeClaims[]): void {
  const holder = table.kind === 'node' && fences.find(({ labels }) => labels.includes(table.label));
  if (holder) throw new ClaimError(`${tablePattern(table)} is an extra label of rows of ${holder.scope}: ${APART}`);
}

/** Refuses a table with an extra label that a scope claims as a table's own. @throws ClaimError */
function refuseTableAsExtra(table: TableDefinition, fences: readonly ScopeClaims[]): void {
  for (const label of extraLabels(table)) {
    const claim = labelClaim(label);
    const holder = fences.find(({ claims }) => claims.includes(claim));
    if (holder !== undefined)
      throw new ClaimError(
        `${claim} is a table of ${holder.scope}, so it can't be an extra label of ${tablePattern(table)}: ${APART}`,
      );
  }
}

function claimsIn(fences: readonly ScopeClaims[], scope: string): Pick<ScopeClaims, 'claims' | 'labels'> {
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
 * Finds which of some tables `managedBy: 'user'` write to rows that another scope claims: those rows are its own.
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
    `MATCH (f:_Graphdrop) WHERE f.scope <> $scope AND any(c IN coalesce(f.claims, []) WHERE c IN $patterns)
     RETURN f.claims AS claims, coalesce(f.labels, []) AS labels, coalesce(f.tables, []) AS tables`,
    { scope, patterns: [...shared.keys()] },
  );
  for (const { claims, labels, tables: entries } of fences as Record<'claims' | 'labels' | 'tables', string[]>[]) {
    const noted = tablesOf(entries);
    for (const claim of claims) {
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
  const before = await readClaims(graph);
  requireUnclaimed(before, fence.scope, definition);
  await writeClaims(graph, fence, definition);
  try {
    requireUnclaimed(await readClaims(graph), fence.scope, definition);
  } catch (error) {
    // After a passing error all of this is done again.
    if (!(error instanceof ClaimError)) throw error;
    const { claims, labels } = claimsIn(before, fence.scope);
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
