import { claimOf, type GraphDefinition, type TableDefinition, tableId } from '../graph/definition.ts';
import { GraphdropError } from '../graph/errors.ts';
import { quoted } from '../graph/identifier.ts';
import type { GraphDatabase } from './graph-database.ts';
import { KEEP_TABLES } from './held-tables.ts';
import { type OwnFence, setInFence } from './own-fence.ts';

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
 * @returns ids of the tables with rows already, which are taken over (the tables say `adopt`)
 * @throws ClaimError
 */
export async function checkClaims(
  graph: GraphDatabase,
  scope: string,
  definition: GraphDefinition,
): Promise<readonly string[]> {
  const own = await requireUnclaimed(graph, scope, definition);
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

/** @returns what the scope itself claims. @throws ClaimError if another scope has one of the definition's tables */
async function requireUnclaimed(
  graph: GraphDatabase,
  scope: string,
  definition: GraphDefinition,
): Promise<readonly string[]> {
  const fences = await readHoldings(graph);
  for (const claim of claimsOf(definition)) {
    const holder = fences.find(fence => fence.scope !== scope && fence.claims.includes(claim));
    if (holder === undefined) continue;
    throw new ClaimError(
      `${claim} belongs to ${holder.scope} in this database; ${scope} can't manage it as well: declare it in one flow only, ` +
        "or with managedBy: 'user' in the other, or give one of them another database",
    );
  }
  return fences.find(fence => fence.scope === scope)?.claims ?? [];
}

/** What the scopes of a database hold. */
export async function readHoldings(graph: GraphDatabase): Promise<readonly Holding[]> {
  const text =
    'MATCH (f:_Graphdrop) RETURN f.scope AS scope, coalesce(f.claims, []) AS claims, coalesce(f.schema, []) AS schema';
  return (await graph.query(text)) as unknown as Holding[];
}

/**
 * Claims the definition's tables for the scope, besides what it has. Of two scopes that claim one at the same time none or
 * one gets it: each looks again when it has written.
 *
 * @throws ClaimError if another scope has a table, StaleFenceError
 */
export async function takeClaims(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const own = await requireUnclaimed(graph, fence.scope, definition);
  await writeClaims(graph, fence, definition);
  try {
    await requireUnclaimed(graph, fence.scope, definition);
  } catch (error) {
    // After passing trouble all of this is done again.
    if (!(error instanceof ClaimError)) throw error;
    await setInFence(graph, fence, 'f.claims = $claims', { claims: own });
    throw new ClaimError(`${error.message}; both claimed it at the same time, so deploy one of them again`);
  }
}

/** Writes the definition's claims into the scope's fence, besides those it has. @throws StaleFenceError */
export async function writeClaims(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set = 'f.claims = [c IN coalesce(f.claims, []) WHERE NOT c IN $claims] + $claims';
  await setInFence(graph, fence, set, { claims: claimsOf(definition) });
}

/** Gives up all claims and tables that the definition doesn't have. Only when their rows are gone. @throws StaleFenceError */
export async function keepClaims(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set = `f.claims = [c IN coalesce(f.claims, []) WHERE c IN $claims], ${KEEP_TABLES}`;
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
