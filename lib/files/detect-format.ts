import type { Packing } from './compression/unpack.ts';
import { ContentError } from './content-error.ts';
import type { FileFormat } from './file-format.ts';
import { type FormatName, formats } from './formats.ts';
import type { Location, ReadVersion } from './rejection.ts';

export type Compression = 'none' | Packing;

/** What a source says of its files. What it leaves out is told from each object's name and headers. */
export interface FormatOptions {
  readonly format?: FormatName | FileFormat;
  /** Of the file itself; `none` reads the bytes as they are whatever name and headers say. */
  readonly compression?: Compression;
}

export interface NamedObject {
  readonly bucket?: string;
  readonly key: string;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** For the message that rejects it. */
  readonly version?: ReadVersion;
}

export interface DetectedFormat {
  readonly format: FormatName | FileFormat;
  /** Of the file itself, by option or by name (`.gz`, `.zst`): the bytes must agree. */
  readonly compression: Compression;
  /** Of the transfer, by header. It may add to `compression` or repeat it, and only the bytes tell which. */
  readonly contentEncoding: Compression;
}

const PACKED_NAMES = [
  { extension: '.gz', packing: 'gzip' },
  { extension: '.zst', packing: 'zstd' },
] as const satisfies readonly { readonly extension: string; readonly packing: Packing }[];

/** Content codings by name; RFC 9110 has x-gzip mean gzip. */
const CODINGS = new Map<string, Packing>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zstd', 'zstd'],
]);

/** Said by clients in this header, and no compression: left-overs of SigV4 uploads, and a charset in the wrong place. */
const NO_COMPRESSION = new Set(['', 'identity', 'aws-chunked', 'utf-8', 'utf8']);

/**
 * Tells format and compression of an object: the source's options first, then the name's extension (any case, `.gz`
 * after it means gzip, `.zst` zstd), then the content type (parameters ignored); `Content-Encoding` gzip (RFC 9110,
 * 8.4.1) or zstd (RFC 8878, 7.2) is told beside.
 *
 * @throws ContentError if the format can't be told, or the content encoding is one that can't be undone.
 */
export function detectFormat(object: NamedObject, options: FormatOptions = {}): DetectedFormat {
  const file = object.key.slice(object.key.lastIndexOf('/') + 1).toLowerCase();
  const packed = PACKED_NAMES.find(({ extension }) => file.endsWith(extension));
  const name = packed ? file.slice(0, -packed.extension.length) : file;
  const mediaType = object.contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const format =
    options.format ??
    find(one => one.extensions.some(extension => name.endsWith(extension))) ??
    find(one => mediaType !== undefined && one.contentTypes.includes(mediaType));
  if (!format) throw new ContentError(undecided(object));
  const compression = options.compression ?? packed?.packing ?? 'none';
  const contentEncoding = options.compression === 'none' ? 'none' : encodingOf(object);
  return { format, compression, contentEncoding };
}

/** Returns whether an object is read by ranges, as far as its name and its source tell. */
export function readsRanges({ key }: NamedObject, options: FormatOptions): boolean {
  try {
    const { format, compression } = detectFormat({ key }, options);
    return compression === 'none' && formatOf(format).readRanges !== undefined;
  } catch (error) {
    if (error instanceof ContentError) return false;
    throw error;
  }
}

export function formatOf(format: DetectedFormat['format']): FileFormat {
  return typeof format === 'string' ? formats[format] : format;
}

function find(isIt: (format: (typeof formats)[FormatName]) => boolean): FormatName | undefined {
  return (Object.keys(formats) as FormatName[]).find(name => isIt(formats[name]));
}

function encodingOf(object: NamedObject): Compression {
  const codings = (object.contentEncoding ?? '').split(',').map(coding => coding.trim().toLowerCase());
  const meant = codings.filter(coding => !NO_COMPRESSION.has(coding));
  const packings = new Set(meant.map(coding => CODINGS.get(coding)));
  if (packings.has(undefined) || packings.size > 1) {
    const other = packings.has(undefined) ? meant.find(coding => !CODINGS.has(coding)) : meant.join(', ');
    throw new ContentError(
      `has content encoding '${other}', which is not supported: store it plain, with gzip or zstd`,
    );
  }
  const [packing = 'none'] = packings;
  return packing;
}

function undecided(object: NamedObject): string {
  const all = Object.values(formats);
  const extensions = all.flatMap(format => format.extensions).join(', ');
  const types = all.flatMap(format => format.contentTypes).join(', ');
  const said = !object.contentType ? 'no content type' : `content type '${object.contentType}'`;
  return (
    `can't tell the format from this name and ${said}: name it ${extensions} (and .gz if it is gzip, .zst if it is zstd), ` +
    `or store it with content type ${types}, or set the source's format`
  );
}

/** Returns bucket (where known) and key, for messages. */
export function locationOf(object: NamedObject): Location {
  return object.bucket === undefined ? { key: object.key } : { bucket: object.bucket, key: object.key };
}
