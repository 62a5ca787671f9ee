/** A Neo4j server of a test's own, whose database can be copied, put back and wiped. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { type Neo4jOptions, type Neo4jServer, startNeo4j } from '../support/neo4j.ts';
import { World } from '../sync/world.ts';

export class OwnDatabase {
  readonly server: Neo4jServer;

  constructor(server: Neo4jServer) {
    this.server = server;
  }

  static async start(settings: Neo4jOptions['settings'] = {}): Promise<OwnDatabase> {
    return new OwnDatabase(await startNeo4j({ heap: '512m', settings }));
  }

  /** The services, with this server for the shared one. */
  get services(): ServiceAddresses {
    const { boltUri, httpUri, browserUri, username, password, database } = this.server;
    return { ...inject('services'), neo4j: { boltUri, httpUri, browserUri, username, password, database } };
  }

  async world(): Promise<World> {
    return await World.create(this.server);
  }

  connect(): ConnectionFactory {
    return connectionTo(this.server);
  }

  /** Keeps a copy of the present data under a name. */
  async backUp(name: string): Promise<void> {
    await this.server.stop();
    await cp(join(this.server.home, 'data'), this.#copy(name), { recursive: true });
    await this.server.start();
  }

  /** Puts a copy back: everything since is gone. */
  async restore(name: string): Promise<void> {
    await this.server.stop();
    await rm(join(this.server.home, 'data'), { recursive: true });
    await cp(this.#copy(name), join(this.server.home, 'data'), { recursive: true });
    await this.server.start();
  }

  #copy(name: string): string {
    return join(this.server.home, `copy-${name}`);
  }
}

/** Deletes everything in a world's database: nodes, edges, constraints, indexes. */
export async function wipe(world: World): Promise<void> {
  await world.query('MATCH (n) DETACH DELETE n');
  for (const { name } of await world.query('SHOW CONSTRAINTS')) await world.query(`DROP CONSTRAINT \`${name}\``);
  for (const { name, type } of await world.query('SHOW INDEXES')) {
    if (type !== 'LOOKUP') await world.query(`DROP INDEX \`${name}\``);
  }
}

/** The names of the constraints and indexes that a world's database has for its labels and for the fence. */
export async function schemaOf(world: World): Promise<unknown[]> {
  const [constraints, indexes] = [await world.query('SHOW CONSTRAINTS'), await world.query('SHOW INDEXES')];
  const names = [...constraints, ...indexes].map(({ name }) => String(name));
  return names.filter(name => name.includes(world.ending) || name === 'graphdrop_fence').sort();
}
