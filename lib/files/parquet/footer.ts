import { type ColumnMetaData, type FileMetaData, parquetMetadata } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';
import type { RangedFile } from '../file-format.ts';
import { DEFAULT_MAX_COLUMNS, DEFAULT_MAX_DEPTH, DEFAULT_MAX_RECORD_BYTES, DEFAULT_MAX_RECORDS } from '../limits.ts';
import { decoding } from './page.ts';
import { type PandasIndex, pandasIndex } from './pandas-index.ts';
import type { ParquetOptions } from './parquet-options.ts';
import { columnPath, leavesOf, type ParquetField, schemaFields } from './schema.ts';
import { checkThrift } from './thrift-check.ts';

/** What a Parquet file says of itself, checked. */
export interface ParquetFooter {
  /** The fields that are read. */
  readonly fields: readonly ParquetField[];
  readonly groups: readonly RowGroup[];
  /** What of a data frame's index is added to the rows or left out. */
  readonly index: PandasIndex;
}

export interface RowGroup {
  readonly rows: number;
  /** By the columns' paths. */
  readonly chunks: ReadonlyMap<string, ColumnChunk>;
}

/** Where the pages of one column in one row group are. */
export interface ColumnChunk {
  readonly start: number;
  readonly end: number;
  readonly codec: string;
}

/** Length of the footer and magic number. */
const TAIL_BYTES = 8;
/** Read at once from the end of a file: most footers are shorter. */
const FIRST_READ_BYTES = 64 * 1024;
const MAGIC = 'PAR1';
/** Number of the converted type, and bytes of the longest decimals there are. */
const DECIMAL = 5;
const MOST_DECIMAL_BYTES = 64;

/**
 * Reads the footer of a Parquet file (https://parquet.apache.org/docs/file-format/).
 *
 * @throws ContentError for what is none, and for one that is longer than `maxRecordBytes`, promises more than
 *   `maxRecords` rows or `maxColumns` columns, or lies about places.
 */
export async function readFooter(file: RangedFile, options: ParquetOptions): Promise<ParquetFooter> {
  const { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES } = options;
  if (file.size < TAIL_BYTES + MAGIC.length)
    throw new ContentError('is too short for a Parquet file (truncated upload?)');
  let tail = await file.read(Math.max(0, file.size - FIRST_READ_BYTES), file.size);
  const magic = Buffer.from(tail).toString('latin1', tail.length - MAGIC.length);
  if (magic === 'PARE') throw new ContentError('is an encrypted Parquet file, which is not supported');
  if (magic !== MAGIC) throw new ContentError('is no Parquet file: it doesn’t end with PAR1 (truncated upload?)');
  const length = new DataView(tail.buffer, tail.byteOffset, tail.length).getUint32(tail.length - TAIL_BYTES, true);
  const bytes = length + TAIL_BYTES;
  if (bytes > file.size - MAGIC.length)
    throw new ContentError(`says that its footer has ${length} bytes, but the file has ${file.size}`);
  if (length > maxRecordBytes)
    throw new ContentError(`has a footer of ${length} bytes, more than ${maxRecordBytes} (maxRecordBytes)`);
  if (bytes > tail.length) tail = await file.read(file.size - bytes, file.size);
  const footer = tail.subarray(tail.length - bytes);
  checkThrift(footer.subarray(0, length), 0);
  return decoding(() => checkedFooter(parsed(footer), file.size - bytes, options));
}

function parsed(footer: Uint8Array<ArrayBuffer>): FileMetaData {
  // Statistics are not used, and what they hold must not be looked at.
  const none = () => undefined as never;
  const parsers = { stringFromBytes: none, dateFromDays: none, uuidFromBytes: none };
  const times = { timestampFromMilliseconds: none, timestampFromMicroseconds: none, timestampFromNanoseconds: none };
  refuseLongDecimals(footer);
  return parquetMetadata(footer, { parsers: { ...parsers, ...times }, geoparquet: false });
}

/** hyparquet makes numbers of decimals in statistics, in time that grows with the square of their length. */
function refuseLongDecimals(footer: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.length);
  const raw = deserializeTCompactProtocol({ view, offset: 0 });
  const leaves = raw.field_2.filter((element: Raw) => element.field_1 !== undefined);
  for (const group of raw.field_4) {
    for (const [index, column] of group.field_1.entries()) {
      if (leaves[index]?.field_6 !== DECIMAL) continue;
      const { field_1, field_2, field_5, field_6 } = column.field_3?.field_12 ?? {};
      for (const bound of [field_1, field_2, field_5, field_6]) {
        if (bound?.length > MOST_DECIMAL_BYTES)
          throw new ContentError(`has statistics with a decimal of ${bound.length} bytes`);
      }
    }
  }
}

type Raw = Readonly<Record<string, unknown>>;

function checkedFooter(metadata: FileMetaData, dataEnd: number, options: ParquetOptions): ParquetFooter {
  const { maxRecords = DEFAULT_MAX_RECORDS, maxColumns = DEFAULT_MAX_COLUMNS, maxDepth = DEFAULT_MAX_DEPTH } = options;
  const rows = metadata.num_rows;
  if (typeof rows !== 'bigint' || rows < 0n) throw new ContentError(`says that it has ${describeValue(rows)} rows`);
  if (rows > maxRecords) throw new ContentError(`has ${rows} rows, more than ${maxRecords} (maxRecords)`);
  const all = schemaFields(metadata.schema, { maxColumns, maxDepth });
  const { range, numbers, spans } = pandasIndex(metadata, all);
  const { columns } = options;
  const fields =
    columns === undefined
      ? all.filter(({ name }) => !numbers.has(name))
      : columns.filter(name => name !== range?.name).map(name => fieldNamed(all, name));
  const index: PandasIndex = {
    ...(range && (columns === undefined || columns.includes(range.name)) && { range }),
    numbers: columns === undefined ? numbers : new Set(),
    spans: new Map([...spans].filter(([name]) => columns?.includes(name) ?? true)),
  };
  const wanted = new Set(fields.flatMap(leavesOf).map(({ path }) => path));
  const groups = metadata.row_groups.map((group, index): RowGroup => {
    if (typeof group.num_rows !== 'bigint' || group.num_rows < 0n || group.num_rows > rows)
      throw new ContentError(`says that row group ${index + 1} has ${describeValue(group.num_rows)} rows of ${rows}`);
    // Writers say any place for columns without values.
    if (group.num_rows === 0n) return { rows: 0, chunks: new Map() };
    const chunks = new Map<string, ColumnChunk>();
    for (const { meta_data: meta, file_path: elsewhere } of group.columns) {
      if (meta === undefined) throw new ContentError('has a column without metadata (encrypted?)');
      const path = columnPath(meta.path_in_schema);
      if (!wanted.has(path)) continue;
      if (elsewhere) throw new ContentError('has its columns in other files, which is not supported');
      chunks.set(path, chunkOf(meta, dataEnd));
    }
    const missing = [...wanted].find(path => !chunks.has(path));
    if (missing !== undefined)
      throw new ContentError(`has no column ${describeValue(missing)} in row group ${index + 1}, but in its schema`);
    return { rows: Number(group.num_rows), chunks };
  });
  const sum = groups.reduce((total, group) => total + group.rows, 0);
  if (BigInt(sum) !== rows) throw new ContentError(`says that it has ${rows} rows, and its row groups have ${sum}`);
  return { fields, groups, index };
}

function fieldNamed(fields: readonly ParquetField[], name: string): ParquetField {
  const field = fields.find(one => one.name === name);
  if (field) return field;
  const known = describeValue(fields.map(one => one.name).join(', '));
  throw new ContentError(`has no column ${describeValue(name)}, which the source's columns name; it has ${known}`);
}

function chunkOf(meta: ColumnMetaData, dataEnd: number): ColumnChunk {
  const { data_page_offset: data, dictionary_page_offset: dictionary, total_compressed_size: size, codec } = meta;
  // Some writers say 0 where there is no dictionary.
  const start = typeof dictionary === 'bigint' && dictionary > 0n && dictionary < data ? dictionary : data;
  if (typeof start !== 'bigint' || typeof size !== 'bigint' || start < 4n || size < 0n || start + size > dataEnd)
    throw new ContentError(
      `says that a column has ${describeValue(size)} bytes at ${describeValue(start)}, which it has not`,
    );
  return { start: Number(start), end: Number(start + size), codec: String(codec) };
}
