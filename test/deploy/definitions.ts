import type {
  GraphDefinition,
  NodeTableDefinition,
  RelationTableDefinition,
  VectorIndexDefinition,
} from '../../lib/definition/definition.ts';

/** A node table with what tests of the schema vary. */
export function nodeTable(label: string, options: Partial<NodeTableDefinition> = {}): NodeTableDefinition {
  return {
    kind: 'node',
    label,
    primaryKey: 'id',
    managedBy: 'system',
    adopt: false,
    columns: null,
    versionBy: null,
    vectorIndexes: [],
    ...options,
  };
}

export function relationTable(
  type: string,
  from: NodeTableDefinition,
  to: NodeTableDefinition,
  options: Partial<RelationTableDefinition> = {},
): RelationTableDefinition {
  const [start, end] = [from, to].map(({ label, primaryKey, managedBy }) => ({ label, primaryKey, managedBy }));
  if (!start || !end) throw new Error('unreachable');
  return {
    kind: 'relation',
    type,
    from: start,
    to: end,
    primaryKey: 'id',
    managedBy: 'system',
    adopt: false,
    columns: null,
    versionBy: null,
    ...options,
  };
}

export function vectorIndex(label: string, field: string, options: Partial<VectorIndexDefinition> = {}) {
  return { name: `vec_${label}__${field}`, field, dimension: 3, metric: 'cosine', ...options } as VectorIndexDefinition;
}

export function definition(context: string, tables: GraphDefinition['tables']): GraphDefinition {
  return { context, tables, sources: [{ glob: '*.csv', fingerprint: 'f' }] };
}
