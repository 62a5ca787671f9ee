import { basename } from 'node:path';
import { isCalledKey, isKey, labelOf, propertyOf, singular, typeOf, unlike, variableOf } from './names.ts';
import type { Sample, SampledColumn } from './sample.ts';

/** A column of a proposed table. */
export interface ProposedColumn {
  readonly column: SampledColumn;
  /** Name of the property. */
  readonly property: string;
  /** The schema as code, without what says that it may be absent. */
  readonly code: string;
  /** Dimension of a vector; undefined: it is none. */
  readonly vector: number | undefined;
}

/** An edge table: of a file of its own, or of a column that names rows of another file. */
export interface ProposedRelation {
  readonly type: string;
  readonly variable: string;
  /** Columns whose values are keys of `from` and `to`; undefined: the row's own key. */
  readonly fromColumn: string | undefined;
  readonly toColumn: string;
  readonly from: ProposedTable;
  readonly to: ProposedTable;
}

/** What is proposed for one file. */
export interface ProposedTable {
  readonly sample: Sample;
  readonly label: string;
  readonly variable: string;
  readonly columns: readonly ProposedColumn[];
  /** Columns that together are the key. None: no columns are unique, the key is a hash of the record. */
  readonly key: readonly string[];
  /** Property that holds the key. */
  readonly keyProperty: string;
}

/** A file whose rows are edges, with the properties that they have. */
export interface ProposedEdges extends ProposedRelation {
  /** Name of the schema of its properties. */
  readonly schema: string;
  readonly sample: Sample;
  readonly columns: readonly ProposedColumn[];
  /** Whether several rows may join the same two nodes: the edges then have a key of their own. */
  readonly parallel: boolean;
}

export interface Proposal {
  readonly nodes: readonly ProposedTable[];
  /** Edges of columns of node files. */
  readonly links: readonly ProposedRelation[];
  readonly edges: readonly ProposedEdges[];
}

/** Share of a column's values that must be keys of another file: files are rarely complete, and nodes that are missing are stubs. */
const KNOWN_SHARE = 0.8;

/** Proposes tables, keys and relations for samples of files. */
export function propose(samples: readonly Sample[]): Proposal {
  const labels = new Set<string>();
  const variables = new Set<string>();
  const tables = samples.map((sample): ProposedTable => {
    const label = unlike(labelOf(stemOf(sample)), labels);
    const key = keyOf(sample);
    const columns = columnsOf(sample, key);
    const keyColumn = columns.find(({ column }) => key.length === 1 && column.name === key[0]);
    const keyProperty = keyColumn?.property ?? unlike('id', new Set(columns.map(({ property }) => property)));
    return {
      sample,
      label,
      variable: variableOf(label),
      columns,
      key,
      keyProperty,
    };
  });
  const references = tables.map(table => referencesOf(table, tables));
  // A file without a key of its own that names rows of two others joins them.
  const joins = new Set(
    tables.filter(
      (table, n) => !hasOwnKey(table) && (references[n]?.length ?? 0) >= 2 && !isReferenced(table, references),
    ),
  );
  const types = new Set<string>();
  const nodes = tables.filter(table => !joins.has(table));
  for (const { variable } of nodes) variables.add(variable);
  const links = tables.flatMap((from, n) =>
    joins.has(from)
      ? []
      : (references[n] ?? [])
          .filter(({ to }) => !joins.has(to))
          .map(({ column, to }) => {
            const type = unlike(typeOf(column), types);
            return {
              type,
              variable: unlike(variableOf(`${from.label} ${type.toLowerCase()}`), variables),
              fromColumn: undefined,
              toColumn: column,
              from,
              to,
            };
          }),
  );
  const edges = tables.flatMap((table, n): ProposedEdges[] => {
    const [first, second] = references[n] ?? [];
    if (!joins.has(table) || first === undefined || second === undefined) return [];
    const type = unlike(typeOf(stemOf(table.sample)), types);
    const own = table.columns.filter(({ column: { name } }) => name !== first.column && name !== second.column);
    return [
      {
        type,
        variable: unlike(variableOf(type), variables),
        fromColumn: first.column,
        toColumn: second.column,
        from: first.to,
        to: second.to,
        schema: unlike(`${table.label}Edge`, labels),
        sample: table.sample,
        columns: own,
        parallel: !isUnique(table.sample, [first.column, second.column]),
      },
    ];
  });
  return { nodes, links, edges };
}

/** Returns a file's name without its endings. */
export function stemOf({ path }: Pick<Sample, 'path'>): string {
  return basename(path).replace(/(\.[A-Za-z0-9]+)(\.(gz|zst))?$/i, '') || basename(path);
}

/** Whether a column is called a key: a number that happens to differ in each row is none. */
function hasOwnKey({ key, sample }: ProposedTable): boolean {
  const column = sample.columns.find(({ name }) => key.length === 1 && name === key[0]);
  return column !== undefined && nameScore(column, sample) >= 30;
}

function isReferenced(table: ProposedTable, references: readonly (readonly Reference[])[]): boolean {
  return references.some(all => all.some(({ to }) => to === table));
}

function columnsOf(sample: Sample, key: readonly string[]): ProposedColumn[] {
  const taken = new Set<string>();
  return sample.columns.map(column => {
    const { kind, dimension = 0, name } = column;
    const isVector =
      /^list of (numbers|integers)$/.test(kind.name) &&
      column.complete &&
      dimension >= 2 &&
      dimension <= 4096 &&
      (dimension >= 16 || /embed|vec/i.test(name));
    // Neo4j can have dates as keys, graphdrop has their texts.
    const own = kind.name === 'date' && key.length === 1 && key[0] === name ? 'z.string()' : kind.code;
    const code = isVector ? `z.array(z.number()).meta({ neo4jType: new VectorSchema(${dimension}) })` : own;
    return { column, property: unlike(propertyOf(name), taken), code, vector: isVector ? dimension : undefined };
  });
}

/** Chooses the columns that together are the key: one if there is one, else two, else none. */
function keyOf(sample: Sample): string[] {
  const usable = sample.columns.filter(({ complete, kind }) => complete && kind.asKey);
  const single = usable.filter(
    ({ unique, values }) => unique && ![...values].some(value => value === '' || value.length > 1_000),
  );
  const [best] = [...single].sort((a, b) => keyScore(b, sample) - keyScore(a, sample));
  if (best !== undefined) return [best.name];
  // A value that differs in most rows is in it: of few columns there are few pairs.
  const many = [...usable].sort((a, b) => b.values.size - a.values.size).slice(0, 8);
  for (const [n, first] of many.entries()) {
    for (const second of many.slice(n + 1)) {
      if (isUnique(sample, [first.name, second.name])) return [first.name, second.name];
    }
  }
  return [];
}

/** How well a column's name and values look like a key. */
function keyScore(column: SampledColumn, sample: Sample): number {
  const { name, kind, values } = column;
  const byName = nameScore(column, sample);
  const isText = [...values].slice(0, 100).some(value => /\s/.test(value));
  const place = sample.columns.findIndex(other => other.name === name);
  // A number that isn't called a key measures something, unless it stands first; a date may be what rows are about.
  const measures = byName === 0 && kind.name === 'integer' && place > 0 ? 30 : 0;
  return byName - measures + (kind.name === 'string' ? 5 : 0) - (isText ? 8 : 0) - place;
}

/** How well a column's name looks like that of a key. */
function nameScore({ name }: SampledColumn, sample: Sample): number {
  const lower = name.toLowerCase();
  const noun = singular(stemOf(sample)).toLowerCase();
  if (isKey(lower)) return 50;
  if (lower.startsWith(noun) && /(id|code|key|no|number)$/.test(lower)) return 45;
  if (isCalledKey(name)) return 30;
  return /name|title/.test(lower) ? 10 : 0;
}

function isUnique({ rows, columns }: Sample, names: readonly string[]): boolean {
  const places = names.map(name => columns.findIndex(column => column.name === name));
  const seen = new Set(rows.map(row => JSON.stringify(places.map(place => row[place]))));
  return seen.size === rows.length;
}

/** Columns that name another row of the same file. */
const PARENT = /parent|manager|reports|boss|supervisor|predecessor|replaces/i;

interface Reference {
  readonly column: string;
  readonly to: ProposedTable;
}

/** Finds the columns of a file whose values are keys of a file, its own among them. */
function referencesOf(table: ProposedTable, tables: readonly ProposedTable[]): Reference[] {
  return table.sample.columns.flatMap((column): Reference[] => {
    if (table.key.length === 1 && table.key[0] === column.name) return [];
    const found = tables
      .map(to => ({
        to,
        share: shareOf(column, to),
        isNamed: isNamedFor(column.name, to) || (to === table && PARENT.test(column.name)),
      }))
      .filter(({ share, isNamed }) => share >= (isNamed ? KNOWN_SHARE / 2 : KNOWN_SHARE))
      // Numbers from 1 on are keys of anything.
      .filter(({ isNamed, to }) => isNamed || (to !== table && column.kind.name === 'string' && column.values.size > 1))
      .sort((a, b) => Number(b.isNamed) - Number(a.isNamed) || b.share - a.share);
    const [best] = found;
    return best === undefined ? [] : [{ column: column.name, to: best.to }];
  });
}

function shareOf(column: SampledColumn, { key, sample }: ProposedTable): number {
  const [only] = key;
  const keys = key.length === 1 ? sample.columns.find(({ name }) => name === only) : undefined;
  if (keys === undefined || column.values.size === 0) return 0;
  // Cells of digits may be keys of letters and digits; else an edge's end would be of another type than the node's key.
  const isSame = column.kind.code === keys.kind.code;
  const isCells = keys.kind.name === 'string' && column.kind.code.startsWith('z.coerce.number().int');
  if (!column.kind.asKey || !(isSame || isCells)) return 0;
  let known = 0;
  for (const value of column.values) if (keys.values.has(value)) known += 1;
  return known / column.values.size;
}

/** Tells whether a column is called like another file or its key: `airport_id`, `carrier` of carriers.csv, `iata`. */
function isNamedFor(name: string, { sample, key }: ProposedTable): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const noun = plain(singular(stemOf(sample)));
  const [only = ''] = key;
  const column = plain(name);
  if (noun !== '' && column.includes(noun)) return true;
  return plain(only) === column && !['id', 'name', 'key', 'code', 'title'].includes(column);
}
