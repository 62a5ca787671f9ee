import { claimOf, type GraphDefinition, type TableDefinition } from '../graph/definition.ts';
import { GraphdropError } from '../graph/errors.ts';
import { quoted } from '../graph/identifier.ts';
import type { GraphDatabase } from './graph-database.ts';

/** A `system` table can't be this scope's: another scope has it, or rows are there that graphdrop didn't make. */
export class ClaimError extends GraphdropError {
  readonly code = 'CLAIM';
}

/** What a scope holds in a database, as its fence says. */
export interface Holding {
  readonly scope: string;
  /** Its `system` tables: see `claimOf`. */
  readonly claims: readonly string[];
  /** Names of the constraints and indexes that are its own: that it made, or found under the name they have by convention. */
  readonly schema: readonly string[];
}

/**
 * Checks that the definition's `system` tables can be the scope's.
 *
 * @returns whether rows that are there already are taken over (the tables say `adopt`)
 * @throws ClaimError
 */
export async function checkClaims(graph: GraphDatabase, scope: string, definition: GraphDefinition): Promise<boolean> {
  const fences = await readHoldings(graph);
  const own = new Set(fences.find(fence => fence.scope === scope)?.claims);
  let adopts = false;
  for (const table of definition.tables) {
    const claim = claimOf(table);
    if (claim === null || own.has(claim)) continue;
    const holder = fences.find(({ claims }) => claims.includes(claim));
    if (holder !== undefined) {
      throw new ClaimError(
        `${claim} belongs to ${holder.scope} in this database; ${scope} can't manage it as well: declare it in one flow only, ` +
          "or with managedBy: 'user' in the other, or give one of them another database",
      );
    }
    if (!(await hasRows(graph, table))) continue;
    if (!table.adopt) {
      throw new ClaimError(
        `${claim} has rows already that ${scope} didn't make; remove them, or say adopt: true to have them taken over ` +
          '(those that no file declares are then removed)',
      );
    }
    adopts = true;
  }
  return adopts;
}

/**
 * The definition with only those `system` tables that the scope has claimed: what a teardown may take. A scope that was
 * refused a table, or never got as far, has none.
 */
export async function claimedOnly(
  graph: GraphDatabase,
  scope: string,
  definition: GraphDefinition,
): Promise<GraphDefinition> {
  const own = (await readHoldings(graph)).find(fence => fence.scope === scope)?.claims ?? [];
  return { ...definition, tables: definition.tables.filter(table => own.includes(claimOf(table) ?? '')) };
}

/** What the scopes of a database hold. */
export async function readHoldings(graph: GraphDatabase): Promise<readonly Holding[]> {
  const text =
    'MATCH (f:_Graphdrop) RETURN f.scope AS scope, coalesce(f.claims, []) AS claims, coalesce(f.schema, []) AS schema';
  return (await graph.query(text)) as unknown as Holding[];
}

/** Writes the definition's claims into the scope's fence, besides those it has. */
export async function writeClaims(graph: GraphDatabase, scope: string, definition: GraphDefinition): Promise<void> {
  const set = 'SET f.claims = [c IN coalesce(f.claims, []) WHERE NOT c IN $claims] + $claims';
  await graph.query(`MATCH (f:_Graphdrop {scope: $scope}) ${set}`, { scope, claims: claimsOf(definition) });
}

/** Gives up all claims that the definition doesn't have. Only when their rows are gone. */
export async function keepClaims(graph: GraphDatabase, scope: string, definition: GraphDefinition): Promise<void> {
  const set = 'SET f.claims = [c IN coalesce(f.claims, []) WHERE c IN $claims]';
  await graph.query(`MATCH (f:_Graphdrop {scope: $scope}) ${set}`, { scope, claims: claimsOf(definition) });
}

/** Notes in the fence which constraints and indexes are the scope's own; without a fence nothing. */
export async function noteSchema(graph: GraphDatabase, scope: string, schema: readonly string[]): Promise<void> {
  await graph.query('MATCH (f:_Graphdrop {scope: $scope}) SET f.schema = $schema', { scope, schema });
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
