import type { PositionStore } from './state-store.ts';

/** Name of the work. */
const WORK = 'garbage-collection';

/** Where a garbage collection is. */
export interface CollectionPosition {
  /** Nodes put after this (ms since 1970) stay. */
  readonly before: number;
  /** Nodes that wait for their mark: of head's roots, and of logged ones. */
  readonly present: string[];
  readonly logged: string[];
  /** Fingerprints of the sources of objects that were marked. */
  readonly sources: Set<string>;
  readonly marked: Marks;
  /** Position in the list of nodes; null: at its beginning. */
  swept: string | null;
}

/** Characters (of 6 bits each) that tell hashes apart well enough: 96 bits. */
const MARK_LENGTH = 16;

/** The hashes of reachable nodes, shortened. */
export class Marks {
  readonly #marks: Set<string>;

  constructor(text = '') {
    this.#marks = new Set();
    for (let at = 0; at < text.length; at += MARK_LENGTH) this.#marks.add(text.slice(at, at + MARK_LENGTH));
  }

  get size(): number {
    return this.#marks.size;
  }

  has(hash: string): boolean {
    return this.#marks.has(hash.slice(0, MARK_LENGTH));
  }

  add(hash: string): void {
    this.#marks.add(hash.slice(0, MARK_LENGTH));
  }

  get text(): string {
    return [...this.#marks].join('');
  }
}

/** Reads where the last garbage collection stopped; null: it came to its end. */
export async function readPosition(positions: PositionStore): Promise<CollectionPosition | null> {
  const bytes = await positions.get(WORK);
  if (bytes === null) return null;
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\n');
  const rest = JSON.parse(text.slice(0, end)) as Omit<CollectionPosition, 'marked' | 'sources'> & {
    sources?: string[];
  };
  // One that an earlier version left doesn't say which sources it met.
  if (rest.sources === undefined) return null;
  return { ...rest, sources: new Set(rest.sources), marked: new Marks(text.slice(end + 1)) };
}

/** Keeps where a garbage collection stopped: a line of JSON, then the marks. */
export async function writePosition(
  positions: PositionStore,
  { marked, sources, ...rest }: CollectionPosition,
): Promise<void> {
  const line = JSON.stringify({ ...rest, sources: [...sources] });
  await positions.put(WORK, Buffer.from(`${line}\n${marked.text}`, 'latin1'));
}

export async function deletePosition(positions: PositionStore): Promise<void> {
  await positions.delete(WORK);
}
