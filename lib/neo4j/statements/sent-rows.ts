import type { Declaration } from '../../definition/declaration.ts';

/** What tells a row. */
export type RowId = Pick<Declaration, 'key' | 'ends'>;

/** Cypher for the key of a row `r`. */
export const KEY = 'r[0]';

/** Cypher for the keys of an edge's ends. */
export const FROM = 'r[1]';
export const TO = 'r[2]';

type Part = (row: Declaration) => unknown;

/**
 * What a statement needs of its rows: a list of each, what tells it first. In maps every row would repeat the names, which costs client and
 * server more than the values do.
 */
export class SentRows {
  readonly #kind: 'node' | 'edge';
  readonly #parts: Part[] = [];

  constructor(kind: 'node' | 'edge') {
    this.#kind = kind;
  }

  /** Sends one thing more of each row. @returns Cypher for it */
  add(part: Part): string {
    const first = idOf(this.#kind, { key: '' }).length;
    return `r[${first + this.#parts.push(part) - 1}]`;
  }

  /** Returns the `$rows` of a statement. */
  of(rows: readonly Declaration[]): unknown[][] {
    const parts = this.#parts;
    const first = idOf(this.#kind, { key: '' }).length;
    return rows.map(row => {
      // Of its length from the start: a list that grows takes three times the memory.
      const sent = new Array<unknown>(first + parts.length);
      sent[0] = row.key;
      if (this.#kind === 'edge') {
        sent[1] = row.ends?.from;
        sent[2] = row.ends?.to;
      }
      for (let i = 0; i < parts.length; i += 1) sent[first + i] = parts[i]?.(row);
      return sent;
    });
  }
}

/** Returns what tells a row, as {@link KEY}, {@link FROM} and {@link TO} have it. */
export function idOf(kind: 'node' | 'edge', { key, ends }: RowId): unknown[] {
  return kind === 'node' ? [key] : [key, ends?.from, ends?.to];
}
