import type { ManagedTransaction } from 'neo4j-driver';
import type { World } from '../sync/world.ts';
import { badgeCodes } from './simulated-flow.ts';

interface Copy {
  readonly fence: object;
  readonly nodes: readonly { readonly labels: readonly string[]; readonly properties: object }[];
  readonly edges: readonly object[];
}

/** A copy of one scope's part of the database, as a backup of the whole would have it. */
export class DatabaseCopy {
  readonly #world: World;
  #copy: Copy | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  get #labels(): readonly string[] {
    const { name, labels } = this.#world;
    return [labels.person, labels.note, badgeCodes(name).label];
  }

  async take(): Promise<void> {
    const { knows, person } = this.#world.labels;
    this.#copy = await this.#withFence(async (transaction, fence) => {
      const read = async <T>(text: string) =>
        (await transaction.run(text)).records.map(record => record.toObject() as T);
      const nodes = await read<Copy['nodes'][number]>(
        `MATCH (n:${this.#labels.join('|')}) RETURN labels(n) AS labels, properties(n) AS properties`,
      );
      const edges = await read<object>(
        `MATCH (a:${person})-[e:${knows}]->(b:${person}) RETURN a.id AS from, b.id AS to, properties(e) AS properties`,
      );
      return fence === null ? null : { fence, nodes, edges };
    });
  }

  /** @returns whether there was a copy to be put back */
  async putBack(): Promise<boolean> {
    const copy = this.#copy;
    if (copy === null) return false;
    const { knows, person } = this.#world.labels;
    await this.#withFence(async transaction => {
      const parameters = { ...copy, scope: this.#world.worker().name };
      for (const text of [
        `MATCH (n:${this.#labels.join('|')}) DETACH DELETE n`,
        'UNWIND $nodes AS n CREATE (m:$(n.labels)) SET m = n.properties',
        `UNWIND $edges AS e MATCH (a:${person} {id: e.from}), (b:${person} {id: e.to})
         CREATE (a)-[k:${knows}]->(b) SET k = e.properties`,
        'MERGE (f:_Graphdrop {scope: $scope}) SET f = $fence',
      ]) {
        await transaction.run(text, parameters);
      }
    });
    return true;
  }

  /** In one transaction that no batch comes in between of. */
  async #withFence<T>(work: (transaction: ManagedTransaction, fence: object | null) => Promise<T>): Promise<T> {
    const { driver, connection } = this.#world;
    const session = driver.session({ database: connection.database });
    try {
      return await session.executeWrite(async transaction => {
        const lock = 'MATCH (f:_Graphdrop {scope: $scope}) SET f.locked = true RETURN properties(f) AS fence';
        const { records } = await transaction.run(lock, { scope: this.#world.worker().name });
        return await work(transaction, records[0]?.get('fence') ?? null);
      });
    } finally {
      await session.close();
    }
  }
}
