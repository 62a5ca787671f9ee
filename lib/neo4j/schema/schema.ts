/**
 * The constraints and indexes that a graph definition asks for, as values: their names, their Cypher, and whether what
 * the server shows is the same thing. No I/O.
 */
import type { GraphDefinition, VectorIndexDefinition, VectorMetric } from '../../definition/definition.ts';
import { DefinitionError } from '../../errors.ts';
import { identifier, quoted } from '../../values/identifier.ts';

/** One constraint or index. `entity` is a label or, for a relationship index, a relationship type. */
export type Artifact = KeyArtifact | VectorIndex;

/** A uniqueness constraint on a label's key, or an index on a relationship type's. */
export interface KeyArtifact {
  readonly kind: 'constraint' | 'relationship index';
  readonly name: string;
  readonly entity: string;
  readonly property: string;
}

export interface VectorIndex {
  readonly kind: 'vector index';
  readonly name: string;
  readonly entity: string;
  readonly property: string;
  readonly dimension: number;
  readonly metric: VectorMetric;
  readonly quantization?: boolean;
}

/** A constraint or index as `SHOW CONSTRAINTS` and `SHOW INDEXES` give it, in one form. */
export interface ActualArtifact {
  readonly kind: 'constraint' | 'index';
  readonly name: string;
  /** As the server says, e.g. `UNIQUENESS`, `NODE_PROPERTY_UNIQUENESS`, `RANGE`, `VECTOR`. */
  readonly type: string;
  readonly entityType: 'NODE' | 'RELATIONSHIP';
  readonly entities: readonly string[];
  readonly properties: readonly string[];
  /** `indexConfig` of an index; empty for a constraint. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `ONLINE`, `POPULATING` or `FAILED`; constraints are always online. */
  readonly state: string;
  /** Why the index is `FAILED`; else empty. */
  readonly failure: string;
}

/**
 * Lists everything that a definition asks for, ordered by name, without the fence's constraint. A relationship index is shared by
 * the endpoint pairs of its type. Tables `managedBy: 'user'` ask for nothing.
 *
 * @throws DefinitionError if two different artifacts would get the same name
 */
export function desiredArtifacts(definition: GraphDefinition): readonly Artifact[] {
  const byName = new Map<string, Artifact>();
  for (const artifact of definition.tables.flatMap(artifactsOf)) {
    const other = byName.get(artifact.name);
    if (other && JSON.stringify(other) !== JSON.stringify(artifact)) {
      throw new DefinitionError(
        `${describe(other)} and ${describe(artifact)} would both be named ${artifact.name}: rename one`,
      );
    }
    byName.set(artifact.name, artifact);
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function artifactsOf(table: GraphDefinition['tables'][number]): readonly Artifact[] {
  if (table.managedBy === 'user') return [];
  const property = identifier(table.primaryKey, 'primary key');
  if (table.kind === 'relation') {
    const entity = identifier(table.type, 'relationship type');
    return [{ kind: 'relationship index', name: `coco_idx_rel_${entity}__${property}`, entity, property }];
  }
  const entity = identifier(table.label, 'label');
  return [
    { kind: 'constraint', name: `coco_uniq_${entity}__${property}`, entity, property },
    ...table.vectorIndexes.map(index => vectorIndex(entity, index)),
  ];
}

function vectorIndex(entity: string, index: VectorIndexDefinition): VectorIndex {
  const property = identifier(index.field, 'vector field');
  const isDefault = index.name === `vec_${entity}__${property}`;
  const name = isDefault ? `coco_${index.name}` : identifier(index.name, 'vector index name');
  const { dimension, metric, quantization } = index;
  const asked = quantization === undefined ? {} : { quantization };
  return { kind: 'vector index', name, entity, property, dimension, metric, ...asked };
}

/**
 * Returns the statement that makes an artifact. `IF NOT EXISTS` makes a repeat harmless, but is silent when the name or the
 * schema is taken by something else: compare with what the server shows before and after.
 */
export function createStatement(artifact: Artifact): string {
  const name = inBackticks(artifact.name);
  const [entity, property] = [quoted(artifact.entity), quoted(artifact.property)];
  switch (artifact.kind) {
    case 'constraint':
      return `CREATE CONSTRAINT ${name} IF NOT EXISTS FOR (n:${entity}) REQUIRE n.${property} IS UNIQUE`;
    case 'relationship index':
      return `CREATE INDEX ${name} IF NOT EXISTS FOR ()-[r:${entity}]-() ON (r.${property})`;
    case 'vector index': {
      if (!Number.isSafeInteger(artifact.dimension))
        throw new DefinitionError(`${describe(artifact)} has no dimension`);
      const metric = artifact.metric === 'cosine' ? 'cosine' : 'euclidean';
      const asked = artifact.quantization;
      const quantization = asked === undefined ? '' : `, \`vector.quantization.enabled\`: ${asked === true}`;
      const config = `\`vector.dimensions\`: ${artifact.dimension}, \`vector.similarity_function\`: '${metric}'${quantization}`;
      return `CREATE VECTOR INDEX ${name} IF NOT EXISTS FOR (n:${entity}) ON (n.${property}) OPTIONS { indexConfig: { ${config} } }`;
    }
  }
}

/** Returns the statement that drops a constraint or index by name; nothing happens if it is gone. */
export function dropStatement(artifact: { readonly kind: string; readonly name: string }): string {
  const what = artifact.kind === 'constraint' ? 'CONSTRAINT' : 'INDEX';
  return `DROP ${what} ${inBackticks(artifact.name)} IF EXISTS`;
}

/** Decodes a row of `SHOW CONSTRAINTS` or `SHOW INDEXES YIELD *`. */
export function actualArtifact(kind: ActualArtifact['kind'], row: Record<string, unknown>): ActualArtifact {
  const options = (row.options ?? {}) as { indexConfig?: Record<string, unknown> };
  return {
    kind,
    name: String(row.name),
    type: String(row.type),
    entityType: row.entityType as ActualArtifact['entityType'],
    // null for the two token lookup indexes, which cover all labels and all types
    entities: (row.labelsOrTypes ?? []) as string[],
    properties: (row.properties ?? []) as string[],
    config: options.indexConfig ?? {},
    state: String(row.state ?? 'ONLINE'),
    failure: String(row.failureMessage ?? '').split('\n', 1)[0] ?? '',
  };
}

/** Names an artifact in words, for messages. */
export function describe(artifact: Artifact): string {
  return `the ${artifact.kind} on ${artifact.entity}.${artifact.property}`;
}

/** Quotes the name of an artifact: made of checked parts or the user's, or read from the server (any text). */
function inBackticks(name: string): string {
  // `\u0060` in Cypher text is a backtick as well, wherever it stands.
  if (/[`\\]/.test(name)) throw new DefinitionError(`the name ${JSON.stringify(name)} can't be quoted`);
  return `\`${name}\``;
}
