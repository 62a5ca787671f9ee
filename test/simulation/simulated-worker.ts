import { remedyFor } from '../../lib/commit/retry.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import type { SyncReport } from '../../lib/sync/sync-report.ts';
import type { World } from '../sync/world.ts';
import type { Deployed } from './deployed.ts';
import type { Fault } from './faults.ts';
import type { Delivery } from './history.ts';
import { type ProcessOptions, SimulatedProcess } from './simulated-process.ts';
import type { Tally } from './tally.ts';

/** A worker that does one thing after the other, in one process until that dies, then in the next. */
export class SimulatedWorker {
  readonly #world: World;
  readonly #options: ProcessOptions;
  readonly #tally: Tally;
  readonly #deployed: Deployed;
  #process: SimulatedProcess | null = null;
  readonly #past: SimulatedProcess[] = [];
  #work: Promise<void> = Promise.resolve();
  /** What it did that it must never do. */
  readonly failures: unknown[] = [];
  /** What it said of each delivery. */
  reports: SyncReport[] = [];

  constructor(world: World, options: ProcessOptions, deployed: Deployed, tally: Tally) {
    this.#deployed = deployed;
    this.#world = world;
    this.#options = options;
    this.#tally = tally;
  }

  deliver({ keys, fault }: Pick<Delivery, 'keys' | 'fault'>): void {
    this.#do(fault, async ({ scope }) => {
      this.reports.push(await syncObjects(scope, keys));
    });
  }

  get frozen(): boolean {
    return this.#process?.frozen === true;
  }

  /** As the schedule would have it: what it finds is looked at like any event. */
  resync(): void {
    this.#do({ kind: 'none' }, async ({ scope }) => {
      const { outdated } = await resync(scope);
      this.reports.push(await syncObjects(scope, outdated));
    });
  }

  /** Its connections to Neo4j are lost. */
  cutOff(): void {
    this.#process?.cutOff();
  }

  /** Waits until it has done everything, or stands still. */
  async idle(): Promise<void> {
    let done = false;
    void this.#work.then(() => {
      done = true;
    });
    while (!done && !this.#process?.frozen) await new Promise(resolve => setTimeout(resolve, 10));
  }

  /** Whether there was anything to wake. */
  wake(): boolean {
    if (!this.#process?.frozen) return false;
    this.#process.wake();
    return true;
  }

  async close(): Promise<void> {
    this.#process?.die();
    this.#process?.wake();
    await this.#work;
    for (const process of [this.#process, ...this.#past]) await process?.close();
  }

  #do(fault: Fault, work: (process: SimulatedProcess) => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      const process = await this.#living();
      process.expect(fault);
      try {
        await work(process);
      } catch (error) {
        if (process.dead) return;
        // The queue would deliver again; here the events are lost.
        this.#tally.count('work that failed for passing reasons');
        if (remedyFor(error, false) !== 'again') this.failures.push(error);
      } finally {
        process.expect({ kind: 'none' });
      }
    });
  }

  async #living(): Promise<SimulatedProcess> {
    const { shape } = this.#deployed;
    if (this.#process?.dead || this.#process?.shape !== shape) {
      if (this.#process) this.#past.push(this.#process);
      this.#process = null;
    }
    this.#process ??= await SimulatedProcess.start(this.#world, this.#options, shape, this.#tally);
    return this.#process;
  }
}
