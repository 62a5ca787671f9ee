import type { FileMetaData } from 'hyparquet';
import type { ParquetField } from './schema.ts';

/** The index of a data frame, as far as its file keeps it otherwise than as a column with a name. */
export interface PandasIndex {
  /** A range with a name, of which the file has only the ends. */
  readonly range?: { readonly name: string; readonly start: number; readonly step: number };
  /** Columns of row numbers that have no name of their own. */
  readonly numbers: ReadonlySet<string>;
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
  for (const column of indexColumns(metadata)) {
    const field = fields.find(({ name }) => name === column);
    if (isRange(column, metadata.num_rows)) {
      const { name, start, step } = column;
      const free =
        typeof name === 'string' && name !== '' && name !== '__proto__' && !fields.some(f => f.name === name);
      if (free) range = { name, start, step };
    } else if (/^__index_level_\d+__$/.test(String(column)) && /^INT/.test(field?.element.type ?? ''))
      numbers.add(String(column));
  }
  return { ...(range !== undefined && { range }), numbers };
}

function indexColumns({ key_value_metadata: pairs }: FileMetaData): readonly unknown[] {
  const written = pairs?.find(({ key }) => key === 'pandas')?.value;
  try {
    const columns: unknown = written === undefined ? [] : JSON.parse(written)?.index_columns;
    return Array.isArray(columns) ? columns : [];
  } catch {
    return [];
  }
}

function isRange(column: unknown, rows: bigint): column is Range {
  if (typeof column !== 'object' || column === null) return false;
  const { kind, start, stop, step } = column as Partial<Range>;
  const ends = [start, stop, step];
  if (kind !== 'range' || !ends.every(Number.isSafeInteger) || step === 0) return false;
  return Math.max(0, Math.ceil((Number(stop) - Number(start)) / Number(step))) === Number(rows);
}
