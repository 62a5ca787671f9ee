/** Rows that are made, of the size that rows usually have: some 120 bytes a line. */
export interface Item {
  readonly id: string;
  readonly pos: string;
  readonly lemma: string;
  readonly gloss: string;
}

/** Makes rows `from` to `to` by their number alone. */
export function items(from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, i) => item(from + i));
}

export function item(number: number, edition = ''): Item {
  const mixed = (Math.imul(number + 1, 2654435761) >>> 0).toString(36);
  return {
    id: `item-${number}`,
    pos: 'n',
    lemma: `lemma ${mixed}`,
    gloss: `${edition}the ${mixed} of all things, number ${number}`,
  };
}

/** Makes documents with a vector each, the same at every run. */
export function documents(count: number, dimension: number): { readonly id: string; readonly vector: number[] }[] {
  let state = 42;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 32 - 0.5);
  };
  return Array.from({ length: count }, (_, i) => ({ id: `doc-${i}`, vector: Array.from({ length: dimension }, next) }));
}
