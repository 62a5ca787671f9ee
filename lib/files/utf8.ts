const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** How many bytes precede a multi-byte character that the end of `bytes` cuts off (RFC 3629); all if it cuts none. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return back < length ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The same bytes without a byte order mark (ef bb bf) at their start. */
export async function* withoutBom(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of bytes) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < BOM.length) continue;
    yield BOM.equals(head.subarray(0, BOM.length)) ? head.subarray(BOM.length) : head;
    head = undefined;
  }
  if (head) yield head;
}
