import type { PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { ContentError } from '../content-error.ts';
import { unpackPage } from './codecs.ts';
import { type PageReader, type RawValues, readIndices, readLevels, readPlainValues, readValues } from './encodings.ts';
import type { ParquetField } from './schema.ts';
import { checkThrift } from './thrift-check.ts';

/** A decoded page: entries with levels (where the column has any), and the values of those that are not null. */
export interface DataPage {
  readonly entries: number;
  readonly definitions: Uint8Array | undefined;
  readonly repetitions: Uint8Array | undefined;
  readonly values: ArrayLike<unknown>;
}

/** What a page's header says, before anything is done with its bytes. */
export interface PageClaim {
  readonly header: PageHeader;
  readonly headerBytes: number;
  readonly packedBytes: number;
  readonly entries: number;
  /** What the page takes in memory, about: its bytes, and its values as JavaScript has them. */
  readonly cost: number;
}

/** Bytes that one entry takes: levels, and a value that is shared, a number or bigint, or an object or text. */
const ENTRY_BYTES = { shared: 10, number: 34, object: 74 };

/** Reads a page's header. @throws ThriftCutError if `bytes` end in it, ContentError for what can't be */
export function claimOf(bytes: Uint8Array<ArrayBuffer>, { element }: ParquetField): PageClaim {
  const headerBytes = checkThrift(bytes, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const header = decoding(() => parquetHeader({ view, offset: 0 }));
  const { uncompressed_page_size: size, compressed_page_size: packedBytes } = header;
  const about = header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header;
  const entries = about?.num_values ?? 0;
  for (const claim of [size, packedBytes, entries]) {
    if (!Number.isInteger(claim) || claim < 0)
      throw new ContentError(`has a page header that says ${String(claim)} where a size must be`);
  }
  const shared = header.type !== 'DICTIONARY_PAGE' && about?.encoding?.endsWith('DICTIONARY') === true;
  const kind = shared ? 'shared' : element.type?.endsWith('BYTE_ARRAY') ? 'object' : 'number';
  return { header, headerBytes, packedBytes, entries, cost: Math.max(size, packedBytes) + entries * ENTRY_BYTES[kind] };
}

/** Decodes a dictionary. */
export function decodeDictionary(
  { header, entries }: PageClaim,
  packed: Uint8Array,
  column: { readonly codec: string; readonly field: ParquetField; readonly convert: (raw: unknown) => unknown },
): unknown[] {
  const encoding = header.dictionary_page_header?.encoding;
  if (encoding !== 'PLAIN' && encoding !== 'PLAIN_DICTIONARY')
    throw new ContentError(`has a dictionary in the encoding ${encoding}, which is not supported`);
  const reader = readerOf(unpackPage(packed, header.uncompressed_page_size, column.codec));
  const { type = 'BOOLEAN', type_length: typeLength = 0 } = column.field.element;
  return decoding(() => mapped(readPlainValues(reader, type, typeLength, entries), column.convert));
}

/** Decodes a data page of either version. @param maxBytes most bytes that its values may unfold to */
export function decodeData(
  { header, entries }: PageClaim,
  packed: Uint8Array,
  column: {
    readonly codec: string;
    readonly field: ParquetField;
    readonly convert: (raw: unknown) => unknown;
    readonly dictionary: readonly unknown[] | undefined;
    readonly maxBytes: number;
  },
): DataPage {
  const { field, codec, dictionary } = column;
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  return decoding(() => {
    const size = header.uncompressed_page_size;
    let reader: PageReader;
    let repetitions: Uint8Array | undefined;
    let definitions: Uint8Array | undefined;
    if (v2) {
      const levelBytes = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
      if (!(levelBytes >= 0 && levelBytes <= packed.length && levelBytes <= size))
        throw new ContentError(`has a page with levels of ${levelBytes} bytes, longer than itself`);
      const levels = readerOf(Uint8Array.from(packed.subarray(0, levelBytes)));
      if (field.repetition > 0)
        repetitions = readLevels(levels, v2.repetition_levels_byte_length, entries, field.repetition);
      levels.offset = v2.repetition_levels_byte_length;
      if (field.definition > 0)
        definitions = readLevels(levels, v2.definition_levels_byte_length, entries, field.definition);
      const valuesCodec = v2.is_compressed === false ? 'UNCOMPRESSED' : codec;
      reader = readerOf(unpackPage(packed.subarray(levelBytes), size - levelBytes, valuesCodec));
    } else {
      reader = readerOf(unpackPage(packed, size, codec));
      if (field.repetition > 0)
        repetitions = prefixedLevels(reader, entries, field.repetition, v1?.repetition_level_encoding);
      if (field.definition > 0)
        definitions = prefixedLevels(reader, entries, field.definition, v1?.definition_level_encoding);
    }
    const present = definitions === undefined ? entries : countOf(definitions, field.definition);
    return { entries, definitions, repetitions, values: valuesOf(reader, present, (v1 ?? v2)?.encoding ?? '') };
  });

  function valuesOf(reader: PageReader, count: number, encoding: string): ArrayLike<unknown> {
    if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
      if (dictionary === undefined) throw new ContentError('has a page that needs a dictionary, and none before it');
      return mapped(readIndices(reader, count, dictionary.length), index => dictionary[index]);
    }
    const { type = 'BOOLEAN', type_length: typeLength = 0 } = field.element;
    const raw: RawValues = readValues(reader, encoding, { type, typeLength, maxBytes: column.maxBytes }, count);
    return mapped(raw, column.convert);
  }
}

/** Like `Array.from`, which goes through a typed array by its iterator, several times as slow. */
function mapped<From, To>(values: ArrayLike<From>, make: (value: From) => To): To[] {
  const made: To[] = [];
  for (let index = 0; index < values.length; index += 1) made.push(make(values[index] as From));
  return made;
}

function prefixedLevels(reader: PageReader, count: number, max: number, encoding: string | undefined): Uint8Array {
  if (encoding !== 'RLE') throw new ContentError(`has levels in the encoding ${encoding}, which is not supported`);
  const bytes = reader.view.getUint32(reader.offset, true);
  reader.offset += 4;
  const end = reader.offset + bytes;
  const levels = readLevels(reader, bytes, count, max);
  reader.offset = end;
  return levels;
}

function readerOf(bytes: Uint8Array<ArrayBuffer>): PageReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
}

function countOf(levels: Uint8Array, level: number): number {
  let count = 0;
  for (const one of levels) if (one === level) count += 1;
  return count;
}

/** Runs a decoder; if it runs out of bytes, or gets a shape it doesn't know, the file is damaged. */
export function decoding<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ContentError) throw cause;
    throw new ContentError(`is damaged Parquet: ${(cause as Error).message}`, undefined, { cause });
  }
}
