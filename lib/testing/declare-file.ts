import { declareRows } from '../bucket/declare-rows.ts';
import type { Declaration } from '../definition/declaration.ts';
import { type TableDefinition, tableId } from '../definition/definition.ts';
import type { Flow } from '../definition/flow.ts';
import { isIgnoredKey } from '../files/keys/ignored-key.ts';
import { oneChunk } from '../files/one-chunk.ts';
import { problemLine } from '../files/problems.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import { type Readable, readable } from './readable.ts';

/** A node that a file declares. */
export interface DeclaredNode {
  readonly label: string;
  /** Extra labels, sorted; left out: none. */
  readonly labels?: readonly string[];
  readonly key: Readable;
  /** By name, without columns that have no value. */
  readonly properties: Readonly<Record<string, Readable>>;
}

/** An edge that a file declares. */
export interface DeclaredRelation {
  readonly type: string;
  readonly from: { readonly label: string; readonly key: Readable };
  readonly to: { readonly label: string; readonly key: Readable };
  readonly properties: Readonly<Record<string, Readable>>;
}

/** What a flow makes of one file. */
export interface DeclaredFile {
  /** Glob of the source that the file belongs to; null: no source matches its key, it is left alone. */
  readonly source: string | null;
  /** Without doubles: of the declarations of one row in a file the last counts. */
  readonly nodes: readonly DeclaredNode[];
  readonly relations: readonly DeclaredRelation[];
  /** Why the file is rejected whole, a line a problem, `key:line field: problem`; null: it is accepted. */
  readonly rejected: readonly string[] | null;
  /** Records that the source's `onInvalid: 'skip'` leaves out. */
  readonly skipped: readonly {
    readonly line: number;
    /** Which of the records that start on the line it is, from 1; left out for the first. */
    readonly number?: number;
    readonly problems: readonly string[];
  }[];
  /** What is accepted, but not as it stands in the file. */
  readonly notes: readonly string[];
}

/** Headers that an object may be stored with. */
export interface FileHeaders {
  readonly contentType?: string;
  readonly contentEncoding?: string;
}

const NOTHING = { nodes: [], relations: [], skipped: [], notes: [] };

/**
 * Reads one file as a deployed flow would, and returns the rows that it declares, or why it is rejected. Needs no service. Integers are
 * numbers where they are safe, else bigint; dates, times and durations are texts; vectors and lists are arrays.
 *
 * @param key the object's key: it decides the source and the format
 * @param content texts are UTF-8
 * @throws whatever the source's function throws with `retryable: true`
 */
export async function declareFile(
  flow: Flow,
  key: string,
  content: string | Uint8Array,
  headers: FileHeaders = {},
): Promise<DeclaredFile> {
  const source = isIgnoredKey(key) ? undefined : flow.sources.find(({ matches }) => matches(key));
  if (source === undefined) return { source: null, rejected: null, ...NOTHING };
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const tables = new Map(flow.definition.tables.map(table => [tableId(table), table]));
  const { contentType = '', contentEncoding = '' } = headers;
  const object = {
    bucket: '',
    key,
    size: bytes.length,
    contentType,
    contentEncoding,
    body: oneChunk(bytes),
    ranges: rangesOf(bytes),
  };
  try {
    const { rows, skipped, notes } = await declareRows(object, source, tables);
    const declared = [...rows.values()].map(row => ({ row, table: tables.get(row.table) as TableDefinition }));
    return {
      source: source.glob,
      nodes: declared.flatMap(({ row, table }) => (table.kind === 'node' ? [nodeOf(row, table.label)] : [])),
      relations: declared.flatMap(({ row, table }) => (table.kind === 'relation' ? [relationOf(row, table)] : [])),
      rejected: null,
      skipped: skipped.map(({ record: _, ...told }) => told),
      notes: notes.flatMap(({ first }) => first.map(problem => problemLine(key, problem))),
    };
  } catch (error) {
    if (!(error instanceof RejectedObjectError)) throw error;
    return { source: source.glob, rejected: error.lines, ...NOTHING };
  }
}

function nodeOf({ key, values, labels }: Declaration, label: string): DeclaredNode {
  return { label, ...(labels && { labels }), key: readable(key), properties: propertiesOf(values) };
}

function relationOf(
  { ends, values }: Declaration,
  { type, from, to }: TableDefinition & { readonly kind: 'relation' },
): DeclaredRelation {
  return {
    type,
    from: { label: from.label, key: readable(ends?.from) },
    to: { label: to.label, key: readable(ends?.to) },
    properties: propertiesOf(values),
  };
}

function propertiesOf(values: Declaration['values']): Record<string, Readable> {
  const present = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, readable(value)]));
}

function rangesOf(bytes: Uint8Array) {
  return {
    size: bytes.length,
    read: async (start: number, end: number) => Uint8Array.from(bytes.subarray(start, end)),
  };
}
