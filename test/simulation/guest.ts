import { remedyFor } from '../../lib/commit/retry.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { nodeLine, propertiesText } from '../oracle/oracle.ts';
import { keyText } from '../oracle/values.ts';
import { World } from '../sync/world.ts';
import type { Id } from './records.ts';

const KEY = 'guests/all.ndjson';

/** Another scope of the same database that declares people of ours too, in a table that it says the user manages. */
export class Guest {
  readonly #world: World;
  readonly #label: string;
  /** People that it has ever declared: it leaves them bare in a label that is another scope's. */
  readonly #known = new Set<Id>();
  #work: Promise<void> = Promise.resolve();

  static async of({ labels }: World): Promise<Guest> {
    return new Guest(await World.create(), labels.person);
  }

  constructor(world: World, label: string) {
    this.#world = world;
    this.#label = label;
  }

  /** Replaces its file and has it synced, beside whatever the others do. */
  change(ids: readonly Id[]): void {
    for (const id of ids) this.#known.add(id);
    this.#work = this.#work.then(async () => {
      await this.#world.put(
        KEY,
        ids.map(id => ({ id })),
      );
      await this.#sync();
    });
  }

  /** Its file declares nothing any more: what it leaves is ours. */
  async leave(): Promise<void> {
    this.change([]);
    await this.#work;
  }

  /** Waits until all that it was told is done. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** The lines of a graph without those of bare people that it may have made. */
  withoutItsOwn(lines: readonly string[]): string[] {
    const bare = [...this.#known].map(id => nodeLine(this.#label, propertiesText(new Map([['id', keyText(id)]]))));
    return lines.filter(line => !bare.includes(line));
  }

  async close(clearAway: (world: World) => Promise<void>): Promise<void> {
    await this.#work.catch(() => {});
    await clearAway(this.#world);
    // Its rows are in a label of another scope, which deletes them, or loses them in a wipe, between a commit and its being read back.
    this.#world.wrongCommits.length = 0;
    await this.#world.close();
  }

  async #sync(): Promise<void> {
    const made = flow(new ContextKey(this.#world.name), graph => {
      const person = graph.nodeTable<Record<string, unknown>>(this.#label, { managedBy: 'user' });
      graph.source('guests/*.ndjson', {}, record => person.declareRecord({ ...record }));
    });
    for (;;) {
      try {
        const { unsettled } = await this.#world.sync([KEY], this.#world.worker({ flow: made }));
        if (unsettled.length === 0) return;
      } catch (error) {
        if (remedyFor(error, false) !== 'again') throw error;
      }
    }
  }
}
