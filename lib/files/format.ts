import { type Location, RejectedObjectError } from '../graph/errors.ts';
import { type FormatName, formats } from './formats.ts';

export type Compression = 'none' | 'gzip';

/** What a source says of its files. What it leaves out is told from each object's name and headers. */
export interface FormatOptions {
  readonly format?: FormatName;
  /** Of the file itself; `none` reads the bytes as they are whatever name and headers say. */
  readonly compression?: Compression;
}

export interface NamedObject {
  readonly bucket?: string;
  readonly key: string;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
}

export interface DetectedFormat {
  readonly format: FormatName;
  /** Of the file itself, by option or by name (`.gz`): the bytes must agree. */
  readonly compression: Compression;
  /** Of the transfer, by header. It may add to `compression` or repeat it, and only the bytes tell which. */
  readonly contentEncoding: Compression;
}

/** Said by clients in this header, and no compression: left-overs of SigV4 uploads, and a charset in the wrong place. */
const NO_COMPRESSION = new Set(['', 'identity', 'aws-chunked', 'utf-8', 'utf8']);

/**
 * Tells format and compression of an object: the source's options first, then the name's extension (any case, `.gz`
 * after it means gzip), then the content type (parameters ignored); `Content-Encoding: gzip` (RFC 9110, 8.4.1) is told
 * beside.
 *
 * @throws RejectedObjectError if the format can't be told, or the content encoding is one that can't be undone.
 */
export function detectFormat(object: NamedObject, options: FormatOptions = {}): DetectedFormat {
  const file = object.key.slice(object.key.lastIndexOf('/') + 1).toLowerCase();
  const zipped = file.endsWith('.gz');
  const name = zipped ? file.slice(0, -'.gz'.length) : file;
  const mediaType = object.contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const format =
    options.format ??
    find(one => one.extensions.some(extension => name.endsWith(extension))) ??
    find(one => mediaType !== undefined && one.contentTypes.includes(mediaType));
  if (!format) throw rejected(object, undecided(object));
  const compression = options.compression ?? (zipped ? 'gzip' : 'none');
  const contentEncoding = options.compression === 'none' ? 'none' : encodingOf(object);
  return { format, compression, contentEncoding };
}

function find(isIt: (format: (typeof formats)[FormatName]) => boolean): FormatName | undefined {
  return (Object.keys(formats) as FormatName[]).find(name => isIt(formats[name]));
}

function encodingOf(object: NamedObject): Compression {
  const codings = (object.contentEncoding ?? '').split(',').map(coding => coding.trim().toLowerCase());
  const meant = codings.filter(coding => !NO_COMPRESSION.has(coding));
  // RFC 9110 has x-gzip mean gzip.
  const other = meant.find(coding => coding !== 'gzip' && coding !== 'x-gzip');
  if (other !== undefined) {
    throw rejected(object, `has content encoding '${other}', which is not supported: store it plain or with gzip`);
  }
  return meant.length > 0 ? 'gzip' : 'none';
}

function undecided(object: NamedObject): string {
  const all = Object.values(formats);
  const extensions = all.flatMap(format => format.extensions).join(', ');
  const types = all.flatMap(format => format.contentTypes).join(', ');
  const said = object.contentType === undefined ? 'no content type' : `content type '${object.contentType}'`;
  return (
    `can't tell the format from this name and ${said}: name it ${extensions} (and .gz if it is gzip), ` +
    `or store it with content type ${types}, or set the source's format`
  );
}

function rejected(object: NamedObject, problem: string): RejectedObjectError {
  return new RejectedObjectError(locationOf(object), [{ problem }]);
}

/** Bucket (where known) and key, for messages. */
export function locationOf(object: NamedObject): Location {
  return object.bucket === undefined ? { key: object.key } : { bucket: object.bucket, key: object.key };
}
