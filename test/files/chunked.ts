import fc from 'fast-check';

/** Places to cut a file at, as shares of its length. */
export const anyCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** The same bytes, cut at these places. */
export function chunked(content: string | Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const places = [0, ...cuts.map(cut => Math.round(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return stream(places.slice(1).map((end, index) => bytes.subarray(places[index], end)));
}

/** A chunk a byte: every boundary there is. */
export function byteByByte(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  return stream([...Buffer.from(content)].map(byte => Uint8Array.of(byte)));
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** All that batches hold, and the error that ended them. */
export async function outcome<Item>(batches: AsyncIterable<Iterable<Item>>) {
  const items: Item[] = [];
  try {
    for await (const batch of batches) items.push(...batch);
    return { items, error: undefined };
  } catch (error) {
    return { items, error: error as Error & { line?: number } };
  }
}
