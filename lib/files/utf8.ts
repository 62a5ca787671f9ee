import { isUtf8 } from 'node:buffer';
import { ContentError } from './content-error.ts';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const PACKED = 'unpack it, or compress it by gzip or zstd';
const NO_TEXT = 'is no text: export it in a format that graphdrop reads';
/** What begins files that are no text, as Latin-1. */
const BINARY: readonly (readonly [string, string])[] = [
  ['{\0', 'is UTF-16: save it as UTF-8'],
  ['[\0', 'is UTF-16: save it as UTF-8'],
  ['PK\x03\x04', 'is a ZIP file, perhaps a workbook of Excel: unpack it, or save it as CSV'],
  ['\xd0\xcf\x11\xe0', 'is a file of an old Office, perhaps a workbook of Excel: save it as CSV'],
  ['BZh91AY&SY', `is compressed by bzip2: ${PACKED}`],
  ['\xfd7zXZ\0', `is compressed by xz: ${PACKED}`],
  ['\xff\x06\0\0sNaPpY', `is compressed by Snappy: ${PACKED}`],
  ['PAR1\x15', "is Parquet: set the source's format: 'parquet'"],
  ['Obj\x01', `${NO_TEXT} (it is Avro)`],
  ['ARROW1\0', `${NO_TEXT} (it is Arrow, or Feather)`],
  ['SQLite format 3\0', `${NO_TEXT} (it is a database of SQLite)`],
];
/** What begins pages, answers and pointers that were saved in the place of a file. */
const NO_DATA: readonly (readonly [RegExp, string])[] = [
  [/^\s*<(?:!doctype|html)\b/i, 'is a web page, perhaps one that says why the file was not given out'],
  [/^\s*<\?xml\b/i, 'is XML, perhaps an answer that says why the file was not given out'],
  [/^version https:\/\/git-lfs/, 'is a pointer of Git LFS: put the file that it stands for (git lfs pull)'],
];

/** What is waited for until one of these shows. */
const MAY_BE_NO_DATA = /^(?:\xef\xbb\xbf)?\s*(?:$|[<v])|^[PBOAS\xd0\xfd\xff]/;

/** Bytes that tell all of these. */
const HEAD_BYTES = 64;

/** First bytes of a text in another encoding (https://encoding.spec.whatwg.org/#bom-sniff). */
const OTHERS = new Map([
  ['fffe', 'UTF-16LE'],
  ['feff', 'UTF-16BE'],
]);

/** Counts the bytes before a multi-byte character that the end of `bytes` cuts off (RFC 3629); all if it cuts none. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return back < length ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Cuts bytes between characters; what is left at the end comes last. */
export async function* characterBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let tail: Uint8Array = new Uint8Array(0);
  for await (const chunk of bytes) {
    const joined = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const block = joined.subarray(0, wholeCharacters(joined));
    tail = joined.subarray(block.length);
    yield block;
  }
  yield tail;
}

/** Counts the bytes before the first that is no UTF-8. */
export function validBytes(bytes: Uint8Array): number {
  const whole = (end: number) => bytes.subarray(0, wholeCharacters(bytes.subarray(0, end)));
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(whole(middle))) good = middle;
    else bad = middle;
  }
  return whole(good).length;
}

/**
 * Drops a byte order mark (ef bb bf) at the start of bytes.
 *
 * @param isText whether a page is data as well. Default false
 * @throws ContentError for that of another encoding, and for what is no text or holds no records
 */
export async function* withoutBom(
  bytes: AsyncIterable<Uint8Array>,
  isText = false,
): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of bytes) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < BOM.length || (head.length < HEAD_BYTES && MAY_BE_NO_DATA.test(beginningOf(head)))) continue;
    yield afterBom(head, isText);
    head = undefined;
  }
  if (head) yield afterBom(head, isText);
}

function afterBom(head: Uint8Array, isText: boolean): Uint8Array {
  const other = OTHERS.get(Buffer.from(head).toString('hex', 0, 2));
  if (other !== undefined)
    throw new ContentError(
      `starts with the byte order mark of ${other}: save it as UTF-8, or, of CSV, set the source's encoding: '${other.toLowerCase()}'`,
    );
  const text = BOM.equals(head.subarray(0, BOM.length)) ? head.subarray(BOM.length) : head;
  const beginning = beginningOf(text);
  const binary = BINARY.find(([start]) => beginning.startsWith(start));
  const words = (binary ?? (isText ? undefined : NO_DATA.find(([pattern]) => pattern.test(beginning))))?.[1];
  if (words !== undefined) throw new ContentError(words);
  return text;
}

function beginningOf(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, HEAD_BYTES)).toString('latin1');
}

/** Decodes a text to UTF-8, without a byte order mark at its start. @throws ContentError for bytes that aren't of the encoding */
export async function* decoded(
  bytes: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new ContentError(`the file is not valid ${encoding}`, undefined, { cause });
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}
