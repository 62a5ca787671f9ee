import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { remedyFor, retryPassing } from '../../lib/commit/retry.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
import { resync } from '../../lib/sync/resync.ts';
import { Oracle } from '../oracle/oracle.ts';
import { readGraph } from '../oracle/read-graph.ts';
import { ageNodes } from '../protocol/tracked-nodes.ts';
import { deployedScope, putInForce } from '../sync/deploy.ts';
import { World } from '../sync/world.ts';
import { clearAway } from './clear-away.ts';
import { DatabaseCopy } from './database-copy.ts';
import type { Deployed } from './deployed.ts';
import { Guest } from './guest.ts';
import type { Command, History, Round } from './history.ts';
import { Neighbour } from './neighbour.ts';
import { ARCHIVED, ARCHIVED_RECORDS, type Id } from './records.ts';
import { expectNothingUnreachable, expectRest, followEvents, makeForeign, settle } from './rest.ts';
import { SimulatedBucket } from './simulated-bucket.ts';
import { badgeCodes, type FlowOptions, flowOptions, LENIENT, oracleFlow, type Shape } from './simulated-flow.ts';
import { slowness } from './simulated-process.ts';
import { SimulatedWorker } from './simulated-worker.ts';
import { Tally } from './tally.ts';
import { tangle } from './tangle.ts';
import { terminate } from './terminate.ts';
import { wipe } from './wipe.ts';

const hour = 3_600_000;

/** Times that slow workers try, side by side, until one of them must have applied all. */
const HEATS = 6;

/** Why a file may be rejected: it was spoilt, its names are too quiet for the shape, or its codes aren't unique. */
const EXPECTED_REASON = /not one JSON value|name: Invalid|the database refuses it/;

/**
 * Lets a history happen.
 *
 * @returns a digest of the graph at the end of each round: the same for the same history, whatever the world's name
 * @throws if the promise doesn't hold at the end of a round
 */
export async function simulate(history: History, sum: Tally): Promise<string> {
  const tally = new Tally();
  const [world, mirror] = [await World.create(), await World.create()];
  const [neighbour, guest] = [await Neighbour.of(world), await Guest.of(world)];
  const simulation = new Simulation(history, { world, mirror, neighbour, guest }, tally);
  const ends: string[] = [];
  try {
    await makeForeign(world);
    await simulation.begin();
    for (const round of history.rounds) {
      await simulation.run(round);
      ends.push(
        (await simulation.graph()).join('\n').replaceAll(world.name, 'world').replaceAll(world.ending, 'world'),
      );
    }
  } finally {
    await simulation.close();
    for (const other of [neighbour, guest]) await other.close(clearAway);
    for (const one of [world, mirror]) {
      await clearAway(one);
      await one.close();
    }
  }
  tally.count('histories');
  sum.add(tally);
  return createHash('sha256').update(ends.join('\n')).digest('hex');
}

interface Actors {
  readonly world: World;
  readonly mirror: World;
  readonly neighbour: Neighbour;
  readonly guest: Guest;
}

class Simulation {
  readonly #history: History;
  readonly #world: World;
  readonly #mirror: World;
  readonly #neighbour: Neighbour;
  readonly #bucket: SimulatedBucket;
  readonly #workers: readonly SimulatedWorker[];
  readonly #tally: Tally;
  readonly #guest: Guest;
  readonly #deployed: Deployed = { shape: LENIENT };
  readonly #copy: DatabaseCopy;
  #wiped = false;
  /** Whether a deploy was taken back: everything is then looked at as after a restore. */
  #takenBack = false;
  /** Whether a deploy asks for a resync, as the stack has it. */
  #resync = false;
  #races = false;
  #replaced = 0;
  #background: Promise<void>[] = [];

  constructor(history: History, { world, mirror, neighbour, guest }: Actors, tally: Tally) {
    this.#history = history;
    this.#guest = guest;
    this.#world = world;
    this.#mirror = mirror;
    this.#neighbour = neighbour;
    this.#bucket = new SimulatedBucket(world);
    this.#workers = Array.from(
      { length: history.workers },
      () => new SimulatedWorker(world, { ...history, archived: this.#bucket.archived }, this.#deployed, tally),
    );
    this.#copy = new DatabaseCopy(world);
    this.#tally = tally;
  }

  /** Puts the first definition in force; then a person may demand something of the database. */
  async begin(): Promise<void> {
    await this.#deploy(LENIENT);
    if (this.#history.archived) await this.#world.put(ARCHIVED, ARCHIVED_RECORDS);
    if (!this.#history.constrained) return;
    const { label, property } = badgeCodes(this.#world.name);
    await this.#world.query(
      `CREATE CONSTRAINT person_${this.#world.name} FOR (n:${label}) REQUIRE n.${property} IS UNIQUE`,
    );
  }

  async run(round: Round): Promise<void> {
    for (const command of round) {
      this.#tally.count(`command: ${command.kind}`);
      await this.#obey(command);
    }
    for (const worker of this.#workers) await worker.idle();
    await Promise.all(this.#background);
    this.#background = [];
    await this.#guest.leave();
    await this.#decide();
    if (this.#races) await this.#race();
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
    this.#resync = false;
    this.#races = false;
    await expectNothingUnreachable(this.#world);
    await this.#neighbour.expectUndisturbed();
    // Time goes by: what the next round needs again and no root holds is in danger of the collection.
    await ageNodes(this.#world, 2 * hour);
    this.#tally.count('rests');
  }

  async graph(): Promise<string[]> {
    const lines = await readGraph(this.#oracle().flow, async text => await this.#world.query(text));
    return this.#guest.withoutItsOwn(lines);
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
  }

  /** What is in force of each object must follow from the bucket: see "Not promised" in SPEC.md. */
  async #decide(): Promise<void> {
    const lenient = oracleFlow(this.#world.name, LENIENT);
    const undecided = async () => await this.#bucket.undecided(this.#oracle(), lenient);
    if ((await undecided()).length > 0 && this.#deployed.shape.strict) {
      this.#tally.count('rollbacks');
      await this.#deploy({ ...this.#deployed.shape, strict: false });
    }
    for (const key of await undecided()) {
      this.#tally.count('revived objects');
      await this.#bucket.revive(key);
    }
    for (const key of await undecided()) await this.#bucket.run({ kind: 'delete', key });
  }

  #oracle(): Oracle {
    const { name } = this.#world;
    const flow = oracleFlow(name, this.#deployed.shape);
    return new Oracle(flow, this.#history.constrained ? [badgeCodes(name)] : []);
  }

  async #rest(): Promise<void> {
    const deployed = flowOptions(this.#world.name, this.#deployed.shape);
    // What can't be read holds nothing else up.
    if (this.#bucket.archived.size > 0) {
      this.#tally.count('rests without archived objects');
      await this.#comeToRest(deployed);
      this.#bucket.thaw();
    }
    const resync = await this.#comeToRest(deployed);
    await expectRest({
      world: this.#world,
      mirror: this.#mirror,
      guest: this.#guest,
      bucket: this.#bucket,
      oracle: this.#oracle(),
      deployed,
      ends: resync ? 'resync' : 'events',
    });
  }

  /** @returns whether it took a resync */
  async #comeToRest(deployed: FlowOptions): Promise<boolean> {
    const archived = [...this.#bucket.archived];
    const changed = this.#bucket.takeChanged();
    let resync = this.#history.ends === 'resync' || this.#resync || this.#wiped || this.#takenBack;
    if (!resync) {
      this.#tally.count('rests by events alone');
      resync = await followEvents(this.#world, deployed, changed, this.#tally, archived);
    }
    if (resync) await settle(this.#world, deployed, this.#tally, archived);
    return resync;
  }

  async #obey(command: Command): Promise<void> {
    switch (command.kind) {
      case 'deliver':
        return this.#worker(command.worker).deliver(command);
      case 'resync':
        return this.#worker(command.worker).resync();
      case 'race':
        this.#races = true;
        return;
      case 'collect':
        this.#background.push(this.#collect(command.ms));
        return;
      case 'wipe':
        this.#wiped = true;
        await this.#guest.idle();
        return await wipe(this.#world);
      case 'copy':
        return await this.#copy.take();
      case 'put back':
        await this.#guest.idle();
        if (await this.#copy.putBack()) this.#wiped = true;
        return;
      case 'deploy':
        return await this.#deploy(command.shape);
      case 'upgrade': {
        const { shape } = this.#deployed;
        return await this.#deploy({ ...shape, agesAsText: !shape.agesAsText });
      }
      case 'restart':
        for (const worker of this.#workers) worker.cutOff();
        return;
      case 'neighbour':
        return this.#neighbour.change(command.names);
      case 'guest':
        return await this.#invite(command.ids);
      case 'terminate':
        this.#background.push(this.#terminate());
        return;
      case 'tangle':
        this.#background.push(tangle(this.#world, command.ids, command.ms));
        return;
      case 'wait':
        return await sleep(command.ms);
      default:
        return await this.#bucket.run(command);
    }
  }

  /** In a wiped database the guest comes when a worker has the label again: over rows of others a person would have to decide. */
  async #invite(ids: readonly Id[]): Promise<void> {
    if (this.#wiped) {
      const worker = this.#world.worker(flowOptions(this.#world.name, this.#deployed.shape));
      const done = await retryPassing(10, async () => await resync(worker)).catch(() => null);
      if (done === null) return;
    }
    this.#guest.change(ids);
  }

  /** As the stack does it. */
  async #deploy(shape: Shape): Promise<void> {
    this.#deployed.shape = shape;
    this.#resync = true;
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

  /** @throws if workers that are only slow take the lease from each other for ever */
  async #race(): Promise<void> {
    const racing = this.#workers.filter(worker => !worker.frozen);
    const keys = this.#bucket.changed;
    if (racing.length < 2 || keys.length === 0) return;
    for (let heat = 0; heat < HEATS; heat += 1) {
      for (const worker of racing) worker.deliver({ keys, fault: { kind: 'slow', ms: 120 * slowness } });
      const before = racing.map(({ reports }) => reports.length);
      for (const worker of racing) await worker.idle();
      const reports = racing.flatMap((worker, n) => worker.reports.slice(before[n]));
      if (reports.some(({ unsettled }) => unsettled.length === 0)) return;
      this.#tally.count('heats that no worker won');
    }
    throw new Error(`in ${HEATS} heats no worker got to the end of ${keys.length} objects`);
  }

  #worker(n: number): SimulatedWorker {
    return this.#workers[n % this.#workers.length] as SimulatedWorker;
  }

  async #collect(ms: number): Promise<void> {
    await collectGarbage(this.#world.worker().state, { graceMs: hour, deadline: Date.now() + ms });
  }

  async #terminate(): Promise<void> {
    this.#tally.count('terminated transactions', await terminate(this.#world));
  }

  /** No worker may find fault with what is right. */
  #expectReports(): void {
    for (const worker of this.#workers) {
      expect(worker.failures, 'errors that no fault explains').toEqual([]);
      for (const { rejected, replaced } of worker.reports) {
        if (!this.#wiped && !this.#takenBack) expect(replaced, 'a replaced database').toBe(false);
        for (const { key, reason } of rejected) expect(reason, key).toMatch(EXPECTED_REASON);
      }
      worker.reports = [];
    }
  }
}
