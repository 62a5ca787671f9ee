import type { FileMetaData } from 'hyparquet';
import { shorten } from '../describe-value.ts';
import type { ParquetField } from './schema.ts';

/** What pandas says of a data frame beyond its columns: an index that is no column with a name, and types that Parquet hasn't. */
export interface PandasIndex {
  /** A range with a name, of which the file has only the ends. */
  readonly range?: { readonly name: string; readonly start: number; readonly step: number };
  /** Columns of row numbers that have no name of their own. */
  readonly numbers: ReadonlySet<string>;
  /** Columns of durations and periods, which are numbers in the file, and their types. */
  readonly spans: ReadonlyMap<string, string>;
}

interface Range {
  readonly kind: 'range';
  readonly name: unknown;
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/**
 * Returns what pandas' metadata says of the index
 * (https://pandas.pydata.org/docs/development/developer.html#storing-pandas-dataframe-objects-in-apache-parquet-format). What isn't
 * as pandas writes it says nothing: other programs copy it to files that it isn't true of.
 */
export function pandasIndex(metadata: FileMetaData, fields: readonly ParquetField[]): PandasIndex {
  const numbers = new Set<string>();
  let range: PandasIndex['range'];
  const written = pandasMetadata(metadata);
  for (const column of listOf(written?.index_columns)) {
    const field = fields.find(({ name }) => name === column);
    if (isRange(column, metadata.num_rows)) {
      const { name, start, step } = column;
      const free =
        typeof name === 'string' && name !== '' && name !== '__proto__' && !fields.some(f => f.name === name);
      if (free) range = { name, start, step };
    } else if (/^__index_level_\d+__$/.test(String(column)) && /^INT/.test(field?.element.type ?? ''))
      numbers.add(String(column));
  }
  return { ...(range !== undefined && { range }), numbers, spans: spansIn(listOf(written?.columns), fields) };
}

interface Written {
  readonly index_columns?: unknown;
  readonly columns?: unknown;
}

function pandasMetadata({ key_value_metadata: pairs }: FileMetaData): Written | null {
  const written = pairs?.find(({ key }) => key === 'pandas')?.value;
  try {
    return written === undefined ? null : (JSON.parse(written) as Written | null);
  } catch {
    return null;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function spansIn(columns: readonly unknown[], fields: readonly ParquetField[]): Map<string, string> {
  const spans = new Map<string, string>();
  for (const column of columns) {
    const { field_name: name, numpy_type: type } = (column ?? {}) as { field_name?: unknown; numpy_type?: unknown };
    const field = fields.find(one => one.name === name);
    if (typeof type === 'string' && /^(?:timedelta64|period)\b/.test(type) && field?.element.type === 'INT64')
      spans.set(field.name, shorten(type));
  }
  return spans;
}

function isRange(column: unknown, rows: bigint): column is Range {
  if (typeof column !== 'object' || column === null) return false;
  const { kind, start, stop, step } = column as Partial<Range>;
  const ends = [start, stop, step];
  if (kind !== 'range' || !ends.every(Number.isSafeInteger) || step === 0) return false;
  return Math.max(0, Math.ceil((Number(stop) - Number(start)) / Number(step))) === Number(rows);
}
