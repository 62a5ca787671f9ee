/** What a flow module imports from `graphdrop`, as the oracle has it: the flow is only written down, nothing is checked. */
import { z } from 'zod';

export class ContextKey {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class VectorSchema {
  readonly dimension: number;

  constructor(dimension: number) {
    this.dimension = dimension;
  }
}

/** A column: its type by name, or a vector; and what makes a value of it. */
export interface Column {
  readonly type: string | VectorSchema;
  readonly nullable: boolean;
  readonly encoder?: (value: unknown) => unknown;
}

export type Columns = Readonly<Record<string, Column>>;

export class TableSchema {
  readonly columns: Columns;

  constructor(columns: Columns) {
    this.columns = columns;
  }

  static of(columns: Readonly<Record<string, Partial<Column>>>): TableSchema {
    return new TableSchema(
      Object.fromEntries(
        Object.entries(columns).map(([name, { type = 'ANY', nullable = true, encoder }]) => [
          name,
          { type, nullable, ...(encoder && { encoder }) },
        ]),
      ),
    );
  }

  /** By zod's own translation to JSON Schema. */
  static from(schema: z.ZodObject): TableSchema {
    const { properties = {}, required = [] } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' });
    return new TableSchema(
      Object.fromEntries(
        Object.entries(properties).map(([name, field]) => {
          const meta = (schema.shape[name] as z.ZodType).meta() ?? {};
          const { neo4jType, neo4jEncoder } = meta as {
            neo4jType?: Column['type'];
            neo4jEncoder?: Column['encoder'];
          };
          const [bare, hasNull] = withoutNull(field as JsonSchema);
          const nullable = hasNull || !required.includes(name);
          return [name, { type: neo4jType ?? typeOf(bare), nullable, ...(neo4jEncoder && { encoder: neo4jEncoder }) }];
        }),
      ),
    );
  }
}

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

function withoutNull(schema: JsonSchema): [JsonSchema, boolean] {
  const others = schema.anyOf?.filter(({ type }) => type !== 'null');
  if (others === undefined || others.length === schema.anyOf?.length) return [schema, false];
  return [others.length === 1 ? (others[0] as JsonSchema) : { anyOf: others }, true];
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'DATE',
  time: 'LOCAL TIME',
  'date-time': 'ZONED DATETIME',
  duration: 'DURATION',
};

function typeOf({ type, format = '', items }: JsonSchema): string {
  if (type === 'string') return FORMATS[format] ?? 'STRING';
  if (type === 'integer') return 'INTEGER';
  if (type === 'number') return 'FLOAT';
  if (type === 'boolean') return 'BOOLEAN';
  if (type === 'object') return 'JSON';
  if (type === 'array') {
    const element = items === undefined ? 'ANY' : typeOf(items);
    return element === 'JSON' || element.startsWith('LIST') ? 'JSON' : `LIST<${element}>`;
  }
  return 'ANY';
}

export interface Table {
  readonly kind: 'node' | 'relation';
  /** Label, or type. */
  readonly name: string;
  readonly primaryKey: string;
  readonly versionBy: string | undefined;
  readonly onDuplicate: 'reject' | 'last' | undefined;
  readonly columns: Columns | undefined;
  /** Of nodes: what they may be apart from `name`. */
  readonly labels: readonly string[];
  /** Of an edge: the tables that it joins. */
  readonly from?: Table;
  readonly to?: Table;
  /** Fields that have a vector index. */
  readonly vectors: Set<string>;
}

/** One row as one record declares it. */
export interface Declared {
  readonly table: Table;
  readonly record: Readonly<Record<string, unknown>>;
  readonly labels?: readonly string[];
  readonly from?: unknown;
  readonly to?: unknown;
}

export interface Source {
  readonly glob: string;
  readonly options: {
    readonly record?: { readonly '~standard': { validate(value: unknown): unknown } };
    readonly format?: string;
    readonly delimiter?: string;
    readonly onInvalid?: 'reject' | 'skip';
    readonly maxInvalidRecords?: number;
  };
  readonly declare: (record: unknown, object: { key: string; size: number }) => unknown;
}

export interface Flow {
  readonly context: ContextKey;
  readonly tables: readonly Table[];
  readonly sources: readonly Source[];
}

interface TableOptions {
  readonly primaryKey?: string;
  readonly schema?: TableSchema;
  readonly versionBy?: string;
  readonly onDuplicate?: 'reject' | 'last';
  readonly labels?: readonly string[];
}

export function flow(context: ContextKey, define: (graph: unknown) => void): Flow {
  const tables: Table[] = [];
  const sources: Source[] = [];
  const add = (
    kind: Table['kind'],
    name: string,
    { primaryKey = 'id', schema, versionBy, onDuplicate, labels = [] }: TableOptions = {},
    ends: object = {},
  ): Table => {
    const columns = schema?.columns;
    const vectors = new Set<string>();
    const table = { kind, name, primaryKey, versionBy, onDuplicate, columns, labels, vectors, ...ends };
    tables.push(table);
    return table;
  };
  define({
    nodeTable: (label: string, options?: TableOptions) => {
      const table = add('node', label, options);
      const handle = {
        table,
        declareRecord: (record: object, more: { labels?: readonly string[] } = {}) => ({ table, record, ...more }),
        vectorIndex: ({ field }: { field: string }) => {
          table.vectors.add(field);
          return handle;
        },
      };
      return handle;
    },
    relationTable: (type: string, from: { table: Table }, to: { table: Table }, options?: TableOptions) => {
      const table = add('relation', type, options, { from: from.table, to: to.table });
      return {
        declareRelation: ({ fromId, toId, record = {} }: { fromId: unknown; toId: unknown; record?: object }) => ({
          table,
          record,
          from: fromId,
          to: toId,
        }),
      };
    },
    source: (glob: string, options: Source['options'], declare: Source['declare']) => {
      if (typeof declare !== 'function')
        throw new Error(`source ${glob}: the oracle knows only sources with a function`);
      sources.push({ glob, options, declare });
    },
  });
  return { context, tables, sources };
}
