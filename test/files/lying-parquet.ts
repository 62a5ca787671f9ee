import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';

/** Fields of a Thrift structure by number: `field_1` and so on; a bigint is an i64, a number an i32. */
export type Fields = { [field: `field_${number}`]: unknown };

/** Numbers of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
export const PLAIN = 0;
export const DELTA_BINARY_PACKED = 5;
export const DELTA_BYTE_ARRAY = 7;
export const RLE_DICTIONARY = 8;
const RLE = 3;

export function thrift(fields: Fields): Buffer {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, inOrder(fields) as Fields);
  return Buffer.from(writer.getBytes());
}

/** Thrift has fields in the order of their numbers. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const number = (field: string) => Number(field.replace('field_', ''));
  const entries = Object.entries(value).sort(([a], [b]) => number(a) - number(b));
  return Object.fromEntries(entries.map(([field, one]) => [field, inOrder(one)]));
}

export interface Page {
  readonly body: Uint8Array;
  /** What the header says, where it isn't so. */
  readonly lies?: Fields;
  /** Of the data: number of values and encoding. A dictionary where `dictionary` is. */
  readonly values?: number;
  readonly encoding?: number;
  readonly dictionary?: boolean;
}

/** A data page (version 1) or dictionary as bytes. */
export function page({ body, lies = {}, values = 1, encoding = PLAIN, dictionary = false }: Page): Buffer {
  const about = dictionary
    ? { field_7: { field_1: values, field_2: encoding } }
    : { field_5: { field_1: values, field_2: encoding, field_3: RLE, field_4: RLE } };
  const type = dictionary ? 2 : 0;
  return Buffer.concat([
    thrift({ field_1: type, field_2: body.length, field_3: body.length, ...about, ...lies }),
    body,
  ]);
}

export interface File {
  readonly pages?: readonly Buffer[];
  /** Physical type of the one column `x`: 0 BOOLEAN, 1 INT32, 2 INT64, 6 BYTE_ARRAY. */
  readonly type?: number;
  readonly codec?: number;
  readonly rows?: bigint;
  /** In place of the column `x`. */
  readonly schema?: readonly Fields[];
  readonly chunk?: Fields;
  readonly footer?: Fields | Buffer;
}

/** A Parquet file of one required column `x`, with whatever lies. */
export function parquetFile(file: File = {}): Buffer {
  const { pages = [page({ body: Buffer.from([1, 0, 0, 0]) })], type = 1, codec = 0, rows = 1n } = file;
  const data = Buffer.concat(pages);
  const meta = {
    field_1: type,
    field_2: [PLAIN],
    field_3: ['x'],
    field_4: codec,
    field_5: rows,
    field_6: BigInt(data.length),
    field_7: BigInt(data.length),
    field_9: 4n,
    ...file.chunk,
  };
  const schema = file.schema ?? [
    { field_4: 'root', field_5: 1 },
    { field_1: type, field_3: 0, field_4: 'x' },
  ];
  const group = { field_1: [{ field_2: 4n, field_3: meta }], field_2: BigInt(data.length), field_3: rows };
  const fields = { field_1: 2, field_2: schema, field_3: rows, field_4: [group] };
  const footer = file.footer instanceof Buffer ? file.footer : thrift({ ...fields, ...file.footer });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), data, footer, length, Buffer.from('PAR1')]);
}
