import { GraphdropError } from '../../errors.ts';
import { type ActualArtifact, type Artifact, describe } from './schema.ts';

/** The database can't have a constraint or index that the definition asks for, and says why. */
export class SchemaError extends GraphdropError {
  readonly code = 'SCHEMA';
}

/** What it takes to bring a database to the wanted constraints and indexes. A value: it can be tested and shown. */
export interface SchemaPlan {
  /** Wanted, and there under its own name. */
  readonly kept: readonly Artifact[];
  /** Wanted, and there under a foreign name: used, never dropped. */
  readonly adopted: readonly { readonly wanted: Artifact; readonly by: ActualArtifact }[];
  /** Wanted and not there. */
  readonly missing: readonly Artifact[];
  /** Has the name of a missing one and another form: dropped before that is made. */
  readonly replaced: readonly ActualArtifact[];
  /** The scope's own that nobody wants any more. */
  readonly undeclared: readonly ActualArtifact[];
  /** Names of what is the scope's own when all is done. */
  readonly own: readonly string[];
}

/**
 * Compares what is wanted with what the server has. A wanted name of the `coco_` kind is ours by convention, even if another tool made it;
 * another name only if it is among `own`.
 *
 * @param own names that the scope's fence holds; `others`: those that fences of other scopes hold
 * @throws SchemaError if a foreign constraint or index is in the way
 */
export function planSchema(
  wanted: readonly Artifact[],
  actual: readonly ActualArtifact[],
  own: ReadonlySet<string>,
  others: ReadonlySet<string>,
): SchemaPlan {
  const names = new Set(wanted.map(({ name }) => name));
  const isOurs = (name: string): boolean => own.has(name) || (names.has(name) && name.startsWith('coco_'));
  const plan = { kept: [], adopted: [], missing: [], replaced: [] } as {
    -readonly [Part in 'kept' | 'adopted' | 'missing' | 'replaced']: SchemaPlan[Part][number][];
  };
  for (const artifact of wanted) {
    const same = actual.find(({ name }) => name === artifact.name);
    if (same !== undefined && isEquivalent(artifact, same)) {
      plan.kept.push(artifact);
      continue;
    }
    const foreign = actual.filter(({ name }) => name !== artifact.name && !own.has(name));
    const by = foreign.find(other => isEquivalent(artifact, other));
    if (by !== undefined) {
      plan.adopted.push({ wanted: artifact, by });
      continue;
    }
    const obstacle = foreign.find(other => isObstacle(artifact, other));
    if (obstacle !== undefined) throw inTheWay(artifact, obstacle);
    if (same !== undefined && !isOurs(same.name)) {
      throw new SchemaError(
        `${same.name} exists already, as ${inWords(same)}: give the vector index another name or drop that one`,
      );
    }
    if (same !== undefined) plan.replaced.push(same);
    plan.missing.push(artifact);
  }
  const undeclared = actual.filter(({ name }) => own.has(name) && !names.has(name) && !others.has(name));
  const kept = plan.kept.filter(({ name }) => isOurs(name));
  return { ...plan, undeclared, own: [...kept, ...plan.missing].map(({ name }) => name).sort() };
}

/**
 * Whether the server's artifact does what the wanted one does, whatever its name. Only options that were asked for count:
 * defaults vary by version.
 */
export function isEquivalent(wanted: Artifact, actual: ActualArtifact): boolean {
  if (!coversSame(wanted, actual)) return false;
  switch (wanted.kind) {
    case 'constraint':
      return actual.kind === 'constraint' && /UNIQUENESS$|KEY$/.test(actual.type);
    case 'relationship index':
      return actual.type === 'RANGE' || /UNIQUENESS$|KEY$/.test(actual.type);
    case 'vector index':
      return (
        actual.type === 'VECTOR' &&
        Number(actual.config['vector.dimensions']) === wanted.dimension &&
        String(actual.config['vector.similarity_function']).toLowerCase() === wanted.metric &&
        (wanted.quantization === undefined || isQuantized(actual) === wanted.quantization)
      );
  }
}

/** Compares quantization, asked for as `enabled`; Neo4j 2026 shows the type that follows from that instead. */
function isQuantized({ config }: ActualArtifact): boolean {
  const type = config['vector.quantization.type'];
  return type === undefined ? config['vector.quantization.enabled'] === true : type !== 'NONE';
}

/** Whether the server refuses to make the wanted artifact beside this one, which isn't equivalent. */
function isObstacle(wanted: Artifact, actual: ActualArtifact): boolean {
  return coversSame(wanted, actual) && actual.type === (wanted.kind === 'vector index' ? 'VECTOR' : 'RANGE');
}

/** Whether both are about the same property of the same label or type. */
function coversSame(wanted: Artifact, actual: ActualArtifact): boolean {
  return (
    actual.entityType === (wanted.kind === 'relationship index' ? 'RELATIONSHIP' : 'NODE') &&
    actual.entities.length === 1 &&
    actual.entities[0] === wanted.entity &&
    actual.properties.length === 1 &&
    actual.properties[0] === wanted.property
  );
}

function inTheWay(wanted: Artifact, obstacle: ActualArtifact): SchemaError {
  return new SchemaError(
    `${describe(wanted)} can't be created: ${obstacle.name}, ${inWords(obstacle)} that graphdrop didn't make, is in the way; ` +
      "drop that one, or set managedBy: 'user'",
  );
}

function inWords({ kind, type, entities, properties, config }: ActualArtifact): string {
  const form =
    type === 'VECTOR'
      ? ` (${Object.entries(config)
          .map(([key, value]) => `${key}: ${value}`)
          .join(', ')})`
      : '';
  return `a ${type} ${kind} on ${entities.join('|')}.${properties.join(',')}${form}`;
}
