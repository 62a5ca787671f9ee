import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { remedyFor } from '../../lib/failure.ts';
import { collect } from '../../lib/state/collect.ts';
import { ageNodes } from '../protocol/tracked-nodes.ts';
import { deployedScope, putInForce } from '../sync/deploy.ts';
import type { PeopleShape } from '../sync/people-flow.ts';
import { World } from '../sync/world.ts';
import { DatabaseCopy } from './database-copy.ts';
import { type Deployed, flowOptions } from './deployed.ts';
import type { Command, History, Round } from './history.ts';
import { Neighbour } from './neighbour.ts';
import { expectNothingUnreachable, expectRest, makeForeign, settle } from './rest.ts';
import { SimulatedBucket } from './simulated-bucket.ts';
import { SimulatedWorker } from './simulated-worker.ts';
import { Tally } from './tally.ts';
import { tangle } from './tangle.ts';

const hour = 3_600_000;

/** Lets a history happen. @throws if the promise doesn't hold at the end of a round */
export async function simulate({ workers, maxRows, rounds }: History, sum: Tally): Promise<void> {
  const tally = new Tally();
  const [world, mirror] = [await World.create(), await World.create()];
  const neighbour = await Neighbour.of(world);
  const simulation = new Simulation(world, mirror, neighbour, workers, maxRows, tally);
  try {
    await makeForeign(world);
    for (const round of rounds) await simulation.run(round);
  } finally {
    await simulation.close();
    await neighbour.close(clearAway);
    for (const one of [world, mirror]) {
      await clearAway(one);
      await one.close();
    }
  }
  tally.count('histories');
  sum.add(tally);
}

class Simulation {
  readonly #world: World;
  readonly #mirror: World;
  readonly #neighbour: Neighbour;
  readonly #bucket: SimulatedBucket;
  readonly #workers: readonly SimulatedWorker[];
  readonly #tally: Tally;
  readonly #deployed: Deployed = { shape: {} };
  readonly #copy: DatabaseCopy;
  #wiped = false;
  /** Whether a deploy was taken back: everything is then looked at as after a restore. */
  #takenBack = false;
  #replaced = 0;
  #background: Promise<void>[] = [];

  constructor(world: World, mirror: World, neighbour: Neighbour, workers: number, maxRows: number, tally: Tally) {
    this.#world = world;
    this.#mirror = mirror;
    this.#neighbour = neighbour;
    this.#bucket = new SimulatedBucket(world);
    this.#workers = Array.from({ length: workers }, () => new SimulatedWorker(world, maxRows, this.#deployed, tally));
    this.#copy = new DatabaseCopy(world);
    this.#tally = tally;
  }

  async run(round: Round): Promise<void> {
    for (const command of round) {
      this.#tally.count(`command: ${command.kind}`);
      await this.#obey(command);
    }
    for (const worker of this.#workers) await worker.idle();
    await Promise.all(this.#background);
    this.#background = [];
    await this.#rest();
    // Those that slept through all of it wake up.
    if (this.#workers.map(worker => worker.wake()).includes(true)) {
      for (const worker of this.#workers) await worker.idle();
      await this.#rest();
    }
    this.#expectReports();
    const replaced = this.#tally.of('log: database-replaced');
    if (!this.#wiped) expect(replaced, 'how often the database was taken for another').toBe(this.#replaced);
    this.#replaced = replaced;
    this.#wiped = false;
    this.#takenBack = false;
    await expectNothingUnreachable(this.#world);
    await this.#neighbour.expectUndisturbed();
    // Time goes by: what the next round needs again and no root holds is in danger of the collection.
    await ageNodes(this.#world, 2 * hour);
    this.#tally.count('rests');
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
  }

  async #rest(): Promise<void> {
    const { shape } = this.#deployed;
    await settle(this.#world, flowOptions(this.#world.name, shape), this.#tally);
    await expectRest(this.#world, this.#mirror, this.#bucket, shape);
  }

  async #obey(command: Command): Promise<void> {
    switch (command.kind) {
      case 'deliver':
        return this.#worker(command.worker).deliver(command);
      case 'resync':
        return this.#worker(command.worker).resync();
      case 'collect':
        this.#background.push(this.#collect());
        return;
      case 'wipe':
        return await this.#wipe();
      case 'copy':
        return await this.#copy.take();
      case 'put back':
        if (await this.#copy.putBack()) this.#wiped = true;
        return;
      case 'deploy':
        return await this.#deploy(command.shape);
      case 'restart':
        for (const worker of this.#workers) worker.cutOff();
        return;
      case 'neighbour':
        return this.#neighbour.change(command.names);
      case 'tangle':
        this.#background.push(tangle(this.#world, command.ids, command.ms));
        return;
      case 'wait':
        return await sleep(command.ms);
      default:
        return await this.#bucket.run(command);
    }
  }

  /** As the stack does it. */
  async #deploy(shape: PeopleShape): Promise<void> {
    this.#deployed.shape = shape;
    const deployed = deployedScope(this.#world.worker(flowOptions(this.#world.name, shape)));
    for (;;) {
      try {
        return await putInForce(deployed);
      } catch (error) {
        if (remedyFor((error as Error).cause ?? error, false) !== 'again') throw error;
        this.#tally.count('deploys taken back');
        this.#takenBack = true;
        await sleep(100);
      }
    }
  }

  #worker(n: number): SimulatedWorker {
    return this.#workers[n % this.#workers.length] as SimulatedWorker;
  }

  async #collect(): Promise<void> {
    const { dynamo: client, table, name: scope, nodes } = this.#world.worker();
    await collect({ client, table, scope, nodes, graceMs: hour });
  }

  /** Takes everything of this scope's out of the database; the fence first, so that no batch comes in between. */
  async #wipe(): Promise<void> {
    this.#wiped = true;
    const { driver, connection } = this.#world;
    const { person, note } = this.#world.labels;
    const session = driver.session({ database: connection.database });
    await session.executeWrite(async transaction => {
      await transaction.run('MATCH (f:_Graphdrop {scope: $scope}) DETACH DELETE f', {
        scope: this.#world.worker().name,
      });
      await transaction.run(`MATCH (n:${person}|${note}) DETACH DELETE n`);
    });
    await session.close();
  }

  /** No worker may find fault with what is right. */
  #expectReports(): void {
    for (const worker of this.#workers) {
      expect(worker.failures, 'errors that no fault explains').toEqual([]);
      for (const { rejected, replaced } of worker.reports) {
        if (!this.#wiped && !this.#takenBack) expect(replaced, 'a replaced database').toBe(false);
        for (const { key, reason } of rejected) expect(reason, key).toContain('not acceptable');
      }
      worker.reports = [];
    }
  }
}

/** Nothing of a world may burden those that come after it. */
async function clearAway(world: World): Promise<void> {
  const { name, dynamo } = world;
  for (const text of [
    `MATCH (n:Foreign_${name}|${world.labels.person}|${world.labels.note}) DETACH DELETE n`,
    `MATCH (f:_Graphdrop {scope: '${world.worker().name}'}) DETACH DELETE f`,
  ])
    await world.query(text);
  for (const what of ['CONSTRAINT', 'INDEX']) {
    const found = await world.query(`SHOW ${what === 'INDEX' ? 'INDEXES' : 'CONSTRAINTS'} YIELD name RETURN name`);
    for (const { name: one } of found) {
      if (String(one).includes(name)) await world.query(`DROP ${what} \`${one}\` IF EXISTS`);
    }
  }
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({ ExclusiveStartTableName: name.slice(0, -1) }));
  for (const TableName of TableNames.filter(one => one.startsWith(name))) {
    await dynamo.send(new DeleteTableCommand({ TableName }));
  }
}
