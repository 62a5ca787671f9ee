import fc from 'fast-check';
import { ContentError } from '../../lib/files/content-error.ts';
import { FLOAT_COLUMNS, type WithFloats } from '../../lib/values/float-columns.ts';

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

/** Drops what tells FLOAT columns, which test/files/floats.unit.test.ts is about. */
function withoutMarks<Item>(item: Item): Item {
  const { value } = item as { value?: WithFloats & { properties?: WithFloats } };
  for (const marked of [value, value?.properties]) {
    if (typeof marked === 'object' && marked !== null) delete marked[FLOAT_COLUMNS];
  }
  return item;
}

/** Returns what batches hold, and the error that ended them: thrown, or told by the first record that is none. */
export async function outcome<Item extends { readonly line: number; readonly fault?: string }>(
  batches: AsyncIterable<Iterable<Item>>,
) {
  const items: Item[] = [];
  try {
    for await (const batch of batches) {
      for (const item of batch) {
        if (item.fault !== undefined) throw new ContentError(item.fault, item.line);
        items.push(withoutMarks(item));
      }
    }
    return { items, error: undefined };
  } catch (error) {
    return { items, error: error as Error & { line?: number } };
  }
}
