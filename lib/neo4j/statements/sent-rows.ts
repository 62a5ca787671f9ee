import type { Declaration } from '../../definition/declaration.ts';

/** What tells a row. */
export type RowId = Pick<Declaration, 'key' | 'ends'>;

/** Cypher for the key of a row `r`. */
export const KEY = 'r[0]';

/** Cypher for the keys of an edge's ends. */
export const FROM = 'r[1]';
export const TO = 'r[2]';

type Part = (row: Declaration) => unknown;

/** What tells a row, in the order of {@link KEY}, {@link FROM} and {@link TO}. */
const IDS: Readonly<Record<'node' | 'edge', readonly ((row: RowId) => unknown)[]>> = {
  node: [({ key }) => key],
  edge: [({ key }) => key, ({ ends }) => ends?.from, ({ ends }) => ends?.to],
};

/**
 * What a statement needs of its rows: a list of each, what tells it first. In maps every row would repeat the names, which costs client and
 * server more than the values do.
 */
export class SentRows {
  readonly #parts: Part[];

  constructor(kind: 'node' | 'edge') {
    this.#parts = [...IDS[kind]];
  }

  /** Sends one thing more of each row. @returns Cypher for it */
  add(part: Part): string {
    return `r[${this.#parts.push(part) - 1}]`;
  }

  /** Returns the `$rows` of a statement. */
  of(rows: readonly Declaration[]): unknown[][] {
    // Not pushed one by one: a list that grows takes three times the memory.
    return rows.map(row => this.#parts.map(part => part(row)));
  }
}

/** Returns what tells a row, as {@link KEY}, {@link FROM} and {@link TO} have it. */
export function idOf(kind: 'node' | 'edge', row: RowId): unknown[] {
  return IDS[kind].map(part => part(row));
}
