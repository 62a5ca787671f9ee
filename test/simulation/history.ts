/** What may happen in a simulation, as values that one seed gives. */
import fc from 'fast-check';
import type { ScopeLimits } from '../../lib/scope.ts';
import type { Transport } from '../support/connection.ts';
import { FAULTS, type Fault } from './faults.ts';
import {
  ARCHIVED,
  CROWD,
  EDGE_KEYS,
  type Folder,
  filesIn,
  HUGE,
  type Id,
  keysIn,
  type SimulatedRecord,
} from './records.ts';
import type { Shape } from './simulated-flow.ts';

/** Changes of the bucket's content. Those that find nothing to change do nothing. */
export type BucketCommand =
  | { readonly kind: 'put'; readonly key: string; readonly records: readonly SimulatedRecord[] }
  /** A file's rows come again with other values. */
  | { readonly kind: 'alter'; readonly key: string }
  /** One row of a file comes again with other values, all others as they are. */
  | { readonly kind: 'amend'; readonly key: string; readonly place: number }
  | { readonly kind: 'delete'; readonly key: string }
  /** A version that is not acceptable. */
  | { readonly kind: 'spoil'; readonly key: string }
  /** A version that is not acceptable, under which all others expire. */
  | { readonly kind: 'bury'; readonly key: string }
  /** All versions but the newest expire, as a lifecycle rule has it. */
  | { readonly kind: 'expire'; readonly key: string }
  /** Removes the delete marker that hides an object. */
  | { readonly kind: 'undelete'; readonly key: string }
  /** An object can't be read any more, until all has come to rest without it, or something else is put in its place. */
  | { readonly kind: 'archive'; readonly key: string }
  /** Puts an old version's content as the newest. */
  | { readonly kind: 'restore'; readonly key: string; readonly back: number }
  /** Deals all records of a folder out to its files anew. */
  | { readonly kind: 'repartition'; readonly like: string; readonly shift: number }
  | { readonly kind: 'rename'; readonly key: string; readonly to: number }
  /** Gives the edges of a file other endpoints; those with an id of their own keep it. */
  | { readonly kind: 'move'; readonly key: string; readonly end: string | number }
  /** Adds records of one file to another. */
  | { readonly kind: 'share'; readonly key: string; readonly to: number }
  /** Many files declare one row. */
  | { readonly kind: 'crowd'; readonly rev: number }
  /** Some of them go, the greatest first. */
  | { readonly kind: 'disperse'; readonly count: number }
  /** A file of many rows comes, or goes (0). */
  | { readonly kind: 'huge'; readonly rows: number; readonly width: number };

export interface Delivery {
  readonly kind: 'deliver';
  readonly worker: number;
  /** Events may be for any keys: doubled, reordered, for nothing; those that never come are lost. */
  readonly keys: readonly string[];
  readonly fault: Fault;
}

export type Command =
  | BucketCommand
  | Delivery
  | { readonly kind: 'resync'; readonly worker: number }
  /** Before the round ends, all workers work on all that changed, so slowly that their batches outlast leases. */
  | { readonly kind: 'race' }
  /** Garbage is collected, in so many milliseconds at most. */
  | { readonly kind: 'collect'; readonly ms: number }
  | { readonly kind: 'wipe' }
  /** A copy of the scope's part of the database is made; the last one is put back in its place. */
  | { readonly kind: 'copy' }
  | { readonly kind: 'put back' }
  /** The definition changes: workers that start from now on have it, those at work have the old one. */
  | { readonly kind: 'deploy'; readonly shape: Shape }
  /** The package that a table's schema comes from is upgraded: the definition changes, the flow's own code doesn't. */
  | { readonly kind: 'upgrade' }
  /** The server starts anew, as far as connections show it. */
  | { readonly kind: 'restart' }
  /** An administrator terminates transactions that write to our tables. */
  | { readonly kind: 'terminate' }
  /** The file of another scope of the same database is replaced. */
  | { readonly kind: 'neighbour'; readonly names: readonly string[] }
  /** The file of another scope is replaced that declares people of ours, in a table that it says the user manages. */
  | { readonly kind: 'guest'; readonly ids: readonly Id[] }
  /** A foreign transaction locks nodes of ours one after the other. */
  | { readonly kind: 'tangle'; readonly ids: readonly Id[]; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number };

/** A round ends at rest: see `rest.ts`. */
export type Round = readonly Command[];

export interface History {
  readonly workers: number;
  readonly maxRows: number;
  /** What a function has memory for: rows of one object, and bytes of rows. The rest goes through the temporary folder. */
  readonly memory: Pick<ScopeLimits, 'maxRowsInMemory' | 'rowBytesInMemory' | 'bytesReadByLines' | 'bytesReadByBlocks'>;
  readonly transport: Transport;
  /** How a round ends: by a resync that looks at everything, or by the events of what changed alone. */
  readonly ends: 'resync' | 'events';
  /** Whether a person demands that badges' codes are unique. */
  readonly constrained: boolean;
  /** Whether there is an object that can never be read. */
  readonly archived: boolean;
  readonly rounds: readonly Round[];
}

const AMPLE: History['memory'] = {
  maxRowsInMemory: 60_000,
  rowBytesInMemory: 1e9,
  bytesReadByLines: 0,
  bytesReadByBlocks: 1e9,
};

const small = fc.integer({ min: 0, max: 3 });
const kind = <K extends string>(name: K) => fc.constant(name);

/** What may happen, by kind, and how often beside the others. */
type Choices<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: readonly [weight: number, arbitrary: fc.Arbitrary<Extract<T, { readonly kind: K }>>];
};

const changesOf = (folder: Folder | undefined, key: fc.Arbitrary<string>): Choices<BucketCommand> => ({
  put: [10, filesIn(folder).map(file => ({ kind: 'put', ...file }))],
  alter: [3, fc.record({ kind: kind('alter'), key })],
  amend: [6, fc.record({ kind: kind('amend'), key, place: fc.nat({ max: 7 }) })],
  delete: [4, fc.record({ kind: kind('delete'), key })],
  spoil: [1, fc.record({ kind: kind('spoil'), key })],
  bury: [2, fc.record({ kind: kind('bury'), key })],
  expire: [1, fc.record({ kind: kind('expire'), key })],
  undelete: [1, fc.record({ kind: kind('undelete'), key })],
  archive: [1, fc.record({ kind: kind('archive'), key })],
  restore: [1, fc.record({ kind: kind('restore'), key, back: fc.integer({ min: 1, max: 3 }) })],
  repartition: [1, fc.record({ kind: kind('repartition'), like: key, shift: small })],
  rename: [1, fc.record({ kind: kind('rename'), key, to: small })],
  move: [
    1,
    fc.record({
      kind: kind('move'),
      key: fc.constantFrom(...EDGE_KEYS),
      end: fc.constantFrom('ada', 'bob', 1, '1'),
    }),
  ],
  share: [1, fc.record({ kind: kind('share'), key, to: small })],
  crowd: [0.25, fc.record({ kind: kind('crowd'), rev: fc.integer({ min: 1, max: 2 }) })],
  disperse: [0.25, fc.record({ kind: kind('disperse'), count: fc.constantFrom(1, 3, CROWD.length) })],
  huge: [0.5, fc.record({ kind: kind('huge'), rows: fc.constantFrom(0, 40, 60), width: fc.constantFrom(1, 50_000) })],
});

const shape: fc.Arbitrary<Shape> = fc.record({
  age: fc.boolean(),
  notes: fc.boolean(),
  shout: fc.boolean(),
  strict: fc.boolean(),
  agesAsText: fc.boolean(),
  blue: fc.boolean(),
});
const people = fc.shuffledSubarray<Id>(['ada', 'bob', 1, '1'], { minLength: 2 });
const deliveredKeys = (folder: Folder | undefined) =>
  fc
    .subarray([...keysIn(folder)], { minLength: 1 })
    .chain(some => fc.shuffledSubarray(some, { minLength: some.length }))
    .chain(some => fc.nat(9).map(n => (n === 9 ? [...some, ...CROWD] : n > 6 ? [HUGE, ARCHIVED, ...some] : some)));
const worker = fc.integer({ min: 0, max: 3 });

type OtherCommand = Exclude<Command, BucketCommand>;

const others = (focus: Focus): Choices<OtherCommand> => ({
  deliver: [20, fc.record({ kind: kind('deliver'), worker, keys: deliveredKeys(focus.folder), fault: faultOf(focus) })],
  resync: [2, fc.record({ kind: kind('resync'), worker })],
  race: [0.5, fc.record({ kind: kind('race') })],
  collect: [2, fc.record({ kind: kind('collect'), ms: fc.constantFrom(5, 50, 10_000) })],
  wipe: [1, fc.record({ kind: kind('wipe') })],
  copy: [1.5, fc.record({ kind: kind('copy') })],
  'put back': [1, fc.record({ kind: kind('put back') })],
  deploy: [2.5, fc.record({ kind: kind('deploy'), shape })],
  upgrade: [1.5, fc.record({ kind: kind('upgrade') })],
  restart: [1, fc.record({ kind: kind('restart') })],
  terminate: [1, fc.record({ kind: kind('terminate') })],
  neighbour: [2, fc.record({ kind: kind('neighbour'), names: fc.shuffledSubarray(['ada', 'bob', '1', 'eve']) })],
  guest: [1.5, fc.record({ kind: kind('guest'), ids: fc.shuffledSubarray<Id>(['ada', 'bob', 1]) })],
  tangle: [2, fc.record({ kind: kind('tangle'), ids: people, ms: fc.constantFrom(0, 20, 200) })],
  wait: [5, fc.record({ kind: kind('wait'), ms: fc.constantFrom(10, 50, 200) })],
});

/**
 * What a history is to try more than others do: a kind of command or fault so many times as often (0: never), or how all of it is.
 * The kinds of faults are those of {@link Fault}.
 */
export interface Focus extends Partial<Omit<History, 'rounds' | 'workers'>> {
  readonly often?: Readonly<Record<string, number>>;
  /** The only folder whose files change, but for a crowd and a huge one. Default: all */
  readonly folder?: Folder;
  /** How much more often the bucket changes. Default 1 */
  readonly changes?: number;
}

/** Chooses among what may happen, as often as the focus has it. */
function choose<T extends { readonly kind: string }>(choices: Choices<T>, { often = {} }: Focus): fc.Arbitrary<T> {
  const entries = Object.entries(choices) as [string, readonly [number, fc.Arbitrary<T>]][];
  return fc.oneof(
    ...entries.map(([name, [weight, arbitrary]]) => ({
      weight: Math.round(4 * weight * (often[name] ?? 1)),
      arbitrary,
    })),
  );
}

const faultOf = (focus: Focus): fc.Arbitrary<Fault> => choose(FAULTS, focus);

/** Makes histories. @param focus what they try most. Default: everything */
export function historyOf(focus: Focus = {}): fc.Arbitrary<History> {
  const { often: _, folder, changes = 1, ...fixed } = focus;
  const key = fc.constantFrom(...keysIn(folder));
  const command = fc.oneof(
    { weight: 11 * changes, arbitrary: choose<BucketCommand>(changesOf(folder, key), focus) },
    { weight: 20, arbitrary: choose<OtherCommand>(others(focus), focus) },
  );
  const round = fc.array(command, { minLength: 4, maxLength: 16, size: 'max' });
  return (
    fc
      .record({
        workers: fc.integer({ min: 2, max: 4 }),
        maxRows: fc.constantFrom(1, 3, 20_000),
        memory: fc.record({
          maxRowsInMemory: fc.constantFrom(AMPLE.maxRowsInMemory, 2, 5),
          rowBytesInMemory: fc.constantFrom(AMPLE.rowBytesInMemory, 2_000, 400_000),
          bytesReadByLines: fc.constantFrom(AMPLE.bytesReadByLines, 1e9),
          bytesReadByBlocks: fc.constantFrom(AMPLE.bytesReadByBlocks, 0),
        }),
        transport: fc.constantFrom<Transport>('bolt', 'bolt', 'bolt', 'http', 'tx-commit'),
        ends: fc.constantFrom<History['ends']>('resync', 'events'),
        constrained: fc.boolean(),
        archived: fc.boolean(),
        rounds: fc.array(round, { minLength: 3, maxLength: 5, size: 'max' }),
      })
      .map(one => ({ ...one, ...fixed }))
      // Slices of a file may break a constraint that the whole keeps: all badges fit into one transaction.
      .map(one => (one.constrained ? { ...one, maxRows: Math.max(3, one.maxRows), memory: AMPLE } : one))
  );
}
