/**
 * Brings a database's constraints and indexes to what a definition asks for, and takes everything managed away again.
 * Each step can be repeated: deploys are retried and rolled back.
 */
import type { GraphDefinition } from './graph/definition.ts';
import { GraphdropError } from './graph/errors.ts';
import { quoted } from './graph/identifier.ts';
import type { GraphDatabase } from './neo4j/graph-database.ts';
import {
  type ActualArtifact,
  type Artifact,
  actualArtifact,
  coversSame,
  createStatement,
  describe,
  desiredArtifacts,
  dropStatement,
  fenceConstraint,
  isSame,
  removeStatements,
} from './neo4j/schema.ts';

/** The database can't have a constraint or index that the definition asks for, and says why. */
export class SchemaError extends GraphdropError {
  readonly code = 'SCHEMA';
}

/** Names of what was done. */
export interface SchemaReport {
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly dropped: readonly string[];
  readonly kept: readonly string[];
}

/** Nodes or relationships deleted by one transaction: 3 to 7 KB of server memory each. */
const ROWS_PER_TRANSACTION = 10_000;

/**
 * Creates what is missing, replaces what has the right name and another form, drops what only `previous` asked for. On
 * failure what was created is dropped again.
 *
 * @throws SchemaError if something in the database is in the way
 */
export async function applySchema(
  graph: GraphDatabase,
  definition: GraphDefinition,
  previous?: GraphDefinition,
): Promise<SchemaReport> {
  const wanted = [fenceConstraint, ...desiredArtifacts(definition)];
  const before = previous ? desiredArtifacts(previous) : [];
  const actual = new Map((await showSchema(graph)).map(artifact => [artifact.name, artifact]));

  const kept = wanted.filter(artifact => {
    const existing = actual.get(artifact.name);
    return existing !== undefined && isSame(artifact, existing);
  });
  const missing = wanted.filter(artifact => !kept.includes(artifact));
  const inTheWay = missing.flatMap(artifact => actual.get(artifact.name) ?? []);
  const foreign = inTheWay.find(
    ({ name }) => !name.startsWith('coco_') && !before.some(artifact => artifact.name === name),
  );
  if (foreign) {
    throw new SchemaError(
      `${foreign.name} exists already, as ${inWords(foreign)}: give the vector index another name or drop that one`,
    );
  }
  const undeclared = before
    .filter(artifact => !wanted.some(({ name }) => name === artifact.name))
    .flatMap(artifact => actual.get(artifact.name) ?? []);

  // Drops come first: a constraint can't be made while an index of the old definition covers the same property.
  for (const artifact of [...inTheWay, ...undeclared]) await graph.query(dropStatement(artifact));
  await createAll(graph, missing);

  const replaced = inTheWay.map(({ name }) => name);
  return {
    created: names(missing).filter(name => !replaced.includes(name)),
    replaced,
    dropped: names(undeclared),
    kept: names(kept),
  };
}

/**
 * Whether all that the definition asks for is there and populated.
 *
 * @throws SchemaError if an index can't be populated
 */
export async function schemaOnline(graph: GraphDatabase, definition: GraphDefinition): Promise<boolean> {
  const wanted = new Set(names([fenceConstraint, ...desiredArtifacts(definition)]));
  const actual = (await showSchema(graph)).filter(({ name }) => wanted.has(name));
  const failed = actual.find(({ state }) => state === 'FAILED');
  if (failed) throw new SchemaError(`the database could not populate ${failed.name}: drop it and deploy again`);
  return actual.length === wanted.size && actual.every(({ state }) => state === 'ONLINE');
}

/** Drops those constraints and indexes of a definition whose names `created` has: takes back an `applySchema`. */
export async function undoSchema(
  graph: GraphDatabase,
  definition: GraphDefinition,
  created: ReadonlySet<string>,
): Promise<void> {
  for (const artifact of desiredArtifacts(definition)) {
    if (created.has(artifact.name)) await graph.query(dropStatement(artifact));
  }
}

/**
 * Drops the constraints and indexes of a definition and the fence of its scope; the fences' constraint too once no scope of
 * the database needs it.
 */
export async function dropSchema(graph: GraphDatabase, definition: GraphDefinition, scope: string): Promise<void> {
  for (const artifact of desiredArtifacts(definition)) await graph.query(dropStatement(artifact));
  const fence = quoted(fenceConstraint.entity);
  await graph.query(`MATCH (f:${fence} {scope: $scope}) DELETE f`, { scope });
  const [fences] = await graph.query(`MATCH (f:${fence}) RETURN count(f) AS n`);
  if (Number(fences?.n) === 0) await graph.query(dropStatement(fenceConstraint));
}

/**
 * Deletes the rows of the definition's system tables in bounded transactions, until done or `deadline` (ms since 1970).
 * Constraints must still be there: without them others could write duplicates meanwhile.
 *
 * @returns whether all are gone; call again if not
 */
export async function removeRows(
  graph: GraphDatabase,
  definition: GraphDefinition,
  deadline: number,
): Promise<boolean> {
  for (const statement of removeStatements(definition, ROWS_PER_TRANSACTION)) {
    for (let deleted = ROWS_PER_TRANSACTION; deleted === ROWS_PER_TRANSACTION; ) {
      if (Date.now() >= deadline) return false;
      const [row] = await graph.query(statement);
      deleted = Number(row?.n);
    }
  }
  return true;
}

/** `IF NOT EXISTS` looks before it takes its locks: another worker may make the same in between. */
const MADE_MEANWHILE = /^Neo\.ClientError\.Schema\.\w+AlreadyExists$/;

async function createAll(graph: GraphDatabase, missing: readonly Artifact[]): Promise<void> {
  const created: Artifact[] = [];
  try {
    for (const artifact of missing) {
      const answer = await graph.query(createStatement(artifact)).catch(error => {
        if (MADE_MEANWHILE.test(error.code)) return null; // whether it is the wanted one is seen below
        throw new SchemaError(`${describe(artifact)} can't be created: ${(error as Error).message}`, { cause: error });
      });
      if (answer !== null) created.push(artifact);
    }
    const now = await showSchema(graph);
    for (const artifact of missing) {
      if (now.some(existing => isSame(artifact, existing))) continue;
      const other = now.find(existing => coversSame(artifact, existing));
      throw new SchemaError(
        `${describe(artifact)} can't be created as ${artifact.name}: ${other ? `${other.name} is there already` : 'the database ignored it'}; drop that one, or set managedBy: 'user'`,
      );
    }
  } catch (error) {
    for (const artifact of created) await graph.query(dropStatement(artifact));
    throw error;
  }
}

/** All constraints, and all indexes but those that belong to a constraint (they carry its name). */
async function showSchema(graph: GraphDatabase): Promise<readonly ActualArtifact[]> {
  const constraints = await graph.query('SHOW CONSTRAINTS');
  const indexes = await graph.query('SHOW INDEXES YIELD *');
  return [
    ...constraints.map(row => actualArtifact('constraint', row)),
    ...indexes.filter(row => row.owningConstraint == null).map(row => actualArtifact('index', row)),
  ];
}

function inWords({ type, entities, properties }: ActualArtifact): string {
  return `${type} on ${entities.join('|')}.${properties.join(',')}`;
}

function names(artifacts: readonly { readonly name: string }[]): string[] {
  return artifacts.map(({ name }) => name);
}
