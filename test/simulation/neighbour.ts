import { expect } from 'vitest';
import { remedyFor } from '../../lib/commit/retry.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { World } from '../sync/world.ts';

const KEY = 'pairs/all.ndjson';

/** Another scope of the same database: its edges have the type of ours, between nodes of its own, and ids that ours have too. */
export class Neighbour {
  readonly #world: World;
  readonly #label: string;
  readonly #type: string;
  /** Edges that its one file declares. */
  #pairs: readonly { readonly from: string; readonly to: string }[] = [];
  #work: Promise<void> = Promise.resolve();

  static async of({ name, labels }: World): Promise<Neighbour> {
    return new Neighbour(await World.create(), `Neighbour_${name}`, labels.knows);
  }

  constructor(world: World, label: string, type: string) {
    this.#world = world;
    this.#label = label;
    this.#type = type;
  }

  /** Replaces the file and has it synced, beside whatever the others do. */
  change(names: readonly string[]): void {
    this.#work = this.#work.then(async () => {
      this.#pairs = names.slice(1).map((to, n) => ({ from: names[n] as string, to }));
      await this.#world.put(KEY, this.#pairs);
      await this.#sync();
    });
  }

  /** @throws if it isn't as its file says */
  async expectUndisturbed(): Promise<void> {
    await this.#work;
    const edges = await this.#world.query(
      `MATCH (a:${this.#label})-[e:${this.#type}]->(b:${this.#label}) RETURN a.id AS from, b.id AS to, e.since AS since ORDER BY from`,
    );
    const declared = this.#pairs.map(pair => ({ ...pair, since: 'long ago' }));
    expect(edges, 'the neighbour’s edges').toEqual(declared.sort((a, b) => (a.from < b.from ? -1 : 1)));
    const [fence] = await this.#world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.root AS root', {
      scope: this.#worker().name,
    });
    expect(fence?.root ?? '', 'the neighbour’s fence').toBe(await this.#world.root());
  }

  async close(clearAway: (world: World) => Promise<void>): Promise<void> {
    await this.#work.catch(() => {});
    await this.#world.query(`MATCH (n:${this.#label}) DETACH DELETE n`);
    await clearAway(this.#world);
    await this.#world.close();
  }

  async #sync(): Promise<void> {
    for (;;) {
      try {
        const { unsettled, replaced } = await this.#world.sync([KEY], this.#worker());
        expect(replaced, 'whether the neighbour’s database was replaced').toBe(false);
        if (unsettled.length === 0) return;
      } catch (error) {
        if (remedyFor(error, false) !== 'again') throw error;
      }
    }
  }

  #worker() {
    const made = flow(new ContextKey(this.#world.name), graph => {
      const node = graph.nodeTable(this.#label);
      const edge = graph.relationTable(this.#type, node, node);
      graph.source('pairs/*.ndjson', {}, ({ from, to }) =>
        edge.declareRelation({ fromId: String(from), toId: String(to), record: { since: 'long ago' } }),
      );
    });
    return this.#world.worker({ flow: made });
  }
}
