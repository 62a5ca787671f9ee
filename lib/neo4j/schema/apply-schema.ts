/**
 * Brings a database's constraints and indexes to what a definition asks for, and takes everything managed away again.
 * Each step can be repeated: deploys are retried and rolled back.
 */
import type { AppliedTable } from '../../definition/applied-table.ts';
import { edgesFirst, type GraphDefinition } from '../../definition/definition.ts';
import { quoted } from '../../values/identifier.ts';
import { classOf } from '../error-class.ts';
import { noteSchema, readClaims } from '../fence/claims.ts';
import { fenceConstraint } from '../fence/fence.ts';
import type { OwnFence } from '../fence/own-fence.ts';
import { type GraphDatabase, type ResultRow, WHOLE_TABLE_MS } from '../graph-database.ts';
import { removeSome } from '../statements/remove-statements.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import {
  type ActualArtifact,
  type Artifact,
  actualArtifact,
  createStatement,
  describe,
  desiredArtifacts,
  dropStatement,
} from './schema.ts';
import { isEquivalent, planSchema, SchemaError, type SchemaPlan } from './schema-plan.ts';

/** Names of what was done. */
export interface SchemaReport {
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly dropped: readonly string[];
  readonly kept: readonly string[];
  /** Foreign constraints and indexes that do the same: no other was made, and they are never dropped. */
  readonly adopted: readonly string[];
  /** What is the scope's own now, to be noted in its fence. */
  readonly own: readonly string[];
}

/**
 * - `rows stay`: rows of tables that the definition no longer has may still be there. Nothing of theirs is dropped, and
 *   nothing is made yet for a label or type that such a table shares with a declared one.
 * - `rows are gone`: everything.
 */
export type SchemaPhase = 'rows stay' | 'rows are gone';

/**
 * Creates what is missing, replaces what has the right name and another form, drops what the scope made and no definition wants
 * any more. On failure what was created is dropped again.
 *
 * @throws SchemaError if something in the database is in the way, StaleFenceError
 */
export async function applySchema(
  graph: GraphDatabase,
  fence: OwnFence,
  definition: GraphDefinition,
  phase: SchemaPhase = 'rows are gone',
): Promise<SchemaReport> {
  const { plan, noted } = await planFor(graph, fence.scope, definition);
  const all = phase === 'rows are gone';
  const busy = new Set(all ? [] : plan.undeclared.flatMap(({ entities }) => entities));
  const missing = plan.missing.filter(({ entity }) => !busy.has(entity));
  const replaced = plan.replaced.filter(({ entities }) => !entities.some(entity => busy.has(entity)));
  const dropped = all ? plan.undeclared : [];
  const later = plan.missing.filter(artifact => !missing.includes(artifact));
  const own = [...names(all ? [] : plan.undeclared), ...plan.own.filter(name => !names(later).includes(name))].sort();

  // Noted before it is made: whatever dies in between, the fence knows what to drop.
  if (noted.join() !== own.join()) await noteSchema(graph, fence, [...new Set([...noted, ...own])]);
  // Drops come first: a constraint can't be made while an index of the old definition covers the same property.
  for (const artifact of [...replaced, ...dropped]) await change(graph, dropStatement(artifact));
  const created: Artifact[] = [];
  try {
    await createAll(graph, missing, created);
  } catch (error) {
    for (const artifact of created) await change(graph, dropStatement(artifact));
    await noteSchema(
      graph,
      fence,
      noted.filter(name => !names([...replaced, ...dropped]).includes(name)),
    );
    throw error;
  }
  try {
    if (created.length > 0 || noted.join() !== own.join()) await noteSchema(graph, fence, own);
  } catch (error) {
    await dropUnwanted(graph, created).catch(() => {}); // the first error is the one to be told
    throw error;
  }

  return {
    created: names(missing).filter(name => !names(replaced).includes(name)),
    replaced: names(replaced),
    dropped: names(dropped),
    kept: names(plan.kept),
    adopted: plan.adopted.map(({ by }) => by.name),
    own,
  };
}

/** Drops what was made while another deploy took over, unless a fence names it. */
async function dropUnwanted(graph: GraphDatabase, created: readonly Artifact[]): Promise<void> {
  const wanted = new Set((await readClaims(graph)).flatMap(({ schema }) => schema));
  for (const artifact of created) if (!wanted.has(artifact.name)) await change(graph, dropStatement(artifact));
}

interface Planned {
  readonly plan: SchemaPlan;
  /** Names that the scope's fence holds. */
  readonly noted: readonly string[];
  readonly actual: readonly ActualArtifact[];
}

/** Compares a definition with the database's schema, and changes nothing. @throws SchemaError if something in the database is in the way */
export async function planFor(graph: GraphDatabase, scope: string, definition: GraphDefinition): Promise<Planned> {
  const wanted = desiredArtifacts(definition);
  const claims = await readClaims(graph);
  const noted = claims.find(claim => claim.scope === scope)?.schema ?? [];
  const others = claims.filter(claim => claim.scope !== scope).flatMap(({ schema }) => schema);
  const actual = await showSchema(graph);
  return { plan: planSchema(wanted, actual, new Set(noted), new Set(others)), noted, actual };
}

/**
 * Whether all that the definition asks for is there and populated.
 *
 * @throws SchemaError if an index can't be populated; if it is the scope's own it is dropped again
 */
export async function schemaOnline(graph: GraphDatabase, scope: string, definition: GraphDefinition): Promise<boolean> {
  const { plan, noted, actual } = await planFor(graph, scope, definition);
  const wanted = new Set([...names(plan.kept), ...plan.adopted.map(({ by }) => by.name)]);
  const used = actual.filter(({ name }) => wanted.has(name));
  const failed = used.find(({ state }) => state === 'FAILED');
  if (failed !== undefined) {
    if (noted.includes(failed.name)) await change(graph, dropStatement(failed));
    throw new SchemaError(
      `the database could not populate ${failed.name} on ${failed.entities.join('|')}.${failed.properties.join(',')}: ${failed.failure}; ` +
        'remove what it names and deploy again',
    );
  }
  return plan.missing.length === 0 && used.every(({ state }) => state === 'ONLINE');
}

/**
 * Drops the constraints and indexes that are the scope's own, but for those that another scope holds too, and its fence; the
 * fences' constraint too once no scope of the database needs it.
 */
export async function dropSchema(graph: GraphDatabase, scope: string): Promise<void> {
  const nothing: GraphDefinition = { context: '', tables: [], sources: [] };
  await applySchema(graph, { scope }, nothing);
  const fence = quoted(fenceConstraint.entity);
  await graph.query(`MATCH (f:${fence} {scope: $scope}) DELETE f`, { scope });
  const isNeeded = async (): Promise<boolean> =>
    Number((await graph.query(`MATCH (f:${fence}) RETURN count(f) AS n`))[0]?.n) > 0;
  if (await isNeeded()) return;
  await graph.query(dropStatement(fenceConstraint));
  // For a fence that was made in between. One that is made later makes the constraint itself (`createFence`).
  if (await isNeeded()) await graph.query(createStatement(fenceConstraint));
}

/**
 * Takes the rows of `system` tables away in bounded transactions, until done or `deadline` (ms since 1970). Constraints must
 * still be there: without them others could write duplicates meanwhile.
 *
 * @returns whether all are gone; call again if not
 */
export async function removeRows(
  graph: GraphDatabase,
  tables: readonly AppliedTable[],
  deadline: number,
): Promise<boolean> {
  for (const { text, rows } of edgesFirst(tables).flatMap(removeSome)) {
    for (let deleted = 1; deleted > 0; ) {
      if (Date.now() >= deadline) return false;
      const [row] = await graph.query(text, { rows });
      deleted = Number(row?.n);
    }
  }
  return true;
}

/** Makes or drops a constraint or index: of a constraint the server looks at all rows first. */
async function change(graph: GraphDatabase, text: string): Promise<ResultRow[]> {
  return await graph.query(text, {}, WHOLE_TABLE_MS);
}

/** @param created gets what was created, also when this fails */
async function createAll(graph: GraphDatabase, missing: readonly Artifact[], created: Artifact[]): Promise<void> {
  for (const artifact of missing) {
    const answer = await change(graph, createStatement(artifact)).catch(async error => {
      // `IF NOT EXISTS` looks before it takes its locks. Whether what another worker made is the wanted one is seen below.
      if (classOf(error) === 'exists') return null;
      const why = (await duplicateKeys(graph, artifact)) ?? (error as Error).message;
      throw new SchemaError(`${describe(artifact)} can't be created: ${why}`, { cause: error });
    });
    if (answer !== null) created.push(artifact);
  }
  if (missing.length === 0) return;
  const now = await showSchema(graph);
  const ignored = missing.find(artifact => !now.some(existing => isEquivalent(artifact, existing)));
  if (ignored !== undefined) throw new SchemaError(`${describe(ignored)} can't be created: the database ignored it`);
}

/** Reads all constraints, and all indexes but those that belong to a constraint (they carry its name). */
async function showSchema(graph: GraphDatabase): Promise<readonly ActualArtifact[]> {
  const constraints = await graph.query('SHOW CONSTRAINTS');
  const indexes = await graph.query('SHOW INDEXES YIELD *');
  return [
    ...constraints.map(row => actualArtifact('constraint', row)),
    ...indexes.filter(row => row.owningConstraint == null).map(row => actualArtifact('index', row)),
  ];
}

function names(artifacts: readonly { readonly name: string }[]): string[] {
  return artifacts.map(({ name }) => name);
}
