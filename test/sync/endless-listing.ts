import type { ObjectPage, ObjectStore } from '../../lib/files/object-store.ts';
import { MemoryObjects } from '../bucket/memory-objects.ts';

/** A bucket whose listing is made up as it is read: any number of objects below `in/`, and some below `other/`. */
export class EndlessListing extends MemoryObjects implements ObjectStore {
  readonly #objects: number;
  readonly #others: number;
  /** Objects that listings have given. */
  given = 0;

  constructor(objects: number, others = 0) {
    super();
    this.#objects = objects;
    this.#others = others;
  }

  override async list(after: string, limit: number, prefix = ''): Promise<ObjectPage> {
    const all = this.#objects + this.#others;
    const keyOf = (n: number) =>
      n < this.#objects ? `in/${String(n).padStart(9, '0')}.ndjson` : `other/${String(n).padStart(9, '0')}.ndjson`;
    const number = Number(/\d+/.exec(after)?.[0] ?? -1) + 1;
    const end = prefix.startsWith('in/') ? this.#objects : all;
    const count = Math.max(0, Math.min(limit, end - number));
    const objects = Array.from({ length: count }, (_, n) => ({ key: keyOf(number + n), etag: `"${number + n}"` }));
    this.given += count;
    return { objects, next: number + count < end ? (objects.at(-1)?.key ?? null) : null };
  }
}
