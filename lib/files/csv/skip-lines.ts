const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Drops the first lines of a text, whatever is in them; a line ends with `\n`, `\r\n` or `\r`. */
export async function* skipLines(
  bytes: AsyncIterable<Uint8Array>,
  lines: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = lines;
  let afterReturn = false;
  for await (const chunk of bytes) {
    let place = 0;
    while (place < chunk.length && (left > 0 || afterReturn)) {
      const byte = chunk[place];
      if (afterReturn && byte === LINE_FEED) {
        afterReturn = false;
        place += 1;
        continue;
      }
      if (left === 0) break;
      afterReturn = byte === CARRIAGE_RETURN;
      if (afterReturn || byte === LINE_FEED) left -= 1;
      place += 1;
    }
    if (left > 0 || place === chunk.length) continue;
    afterReturn = false;
    yield chunk.subarray(place);
  }
}
