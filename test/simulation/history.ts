/** What may happen in a simulation, as values that one seed gives. */
import fc from 'fast-check';
import type { Step } from '../../lib/scope.ts';
import type { PeopleShape } from '../sync/people-flow.ts';
import { ALL_KEYS, type Happening, happening } from '../sync/people-histories.ts';

type PersonId = string | number;

/** Changes of the bucket's content. Those that find nothing to change do nothing. */
export type BucketCommand =
  | Exclude<Happening, { kind: 'sync' }>
  /** Removes the delete marker that hides an object. */
  | { readonly kind: 'undelete'; readonly key: string }
  /** Puts an old version's content as the newest. */
  | { readonly kind: 'restore'; readonly key: string; readonly back: number }
  /** Deals all records of a folder out to its files anew. */
  | { readonly kind: 'repartition'; readonly like: string; readonly shift: number }
  | { readonly kind: 'rename'; readonly key: string; readonly to: number }
  /** Gives the edges of a file other endpoints; those with an id of their own keep it. */
  | { readonly kind: 'move'; readonly key: string; readonly end: string | number }
  /** Adds records of one file to another. */
  | { readonly kind: 'share'; readonly key: string; readonly to: number };

export type Fault =
  | { readonly kind: 'none' }
  /** The process dies at a step of the protocol. */
  | { readonly kind: 'die'; readonly step: Step; readonly nth: number }
  /** The process is frozen at a step, for a while or (`Infinity`) until all others are at rest. */
  | { readonly kind: 'pause'; readonly step: Step; readonly nth: number; readonly ms: number }
  /** Something happens to a call of DynamoDB: see `faultyDynamo`. */
  | {
      readonly kind: 'call';
      /** The command; undefined: any. */
      readonly of: string | undefined;
      readonly nth: number;
      readonly how: CallFault;
      readonly times: number;
    }
  /** An answer of S3 takes its time. */
  | { readonly kind: 's3'; readonly of: S3Call; readonly nth: number; readonly ms: number }
  /** The batch's transaction begins late: other workers may have been at work meanwhile. */
  | { readonly kind: 'late'; readonly ms: number }
  /** The connection to Neo4j is cut around a COMMIT; the process may die of it. */
  | { readonly kind: 'cut'; readonly step: Step; readonly when: Cut; readonly fatal: boolean };

/** Some happen to the call as a whole, some to a try of it, so that the SDK's own retries see them. */
export type CallFault =
  | 'throttled'
  | 'throttled, retried'
  | 'lost answer'
  | 'lost answer, retried'
  | 'partly done'
  | 'death before'
  | 'death after';
export type S3Call = 'HeadObjectCommand' | 'GetObjectCommand' | 'ListObjectsV2Command';
export type Cut = 'before' | 'after' | 'either';

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
  | { readonly kind: 'collect' }
  | { readonly kind: 'wipe' }
  /** A copy of the scope's part of the database is made; the last one is put back in its place. */
  | { readonly kind: 'copy' }
  | { readonly kind: 'put back' }
  /** The definition changes: workers that start from now on have it, those at work have the old one. */
  | { readonly kind: 'deploy'; readonly shape: PeopleShape }
  /** The server starts anew, as far as connections show it. */
  | { readonly kind: 'restart' }
  /** The file of another scope of the same database is replaced. */
  | { readonly kind: 'neighbour'; readonly names: readonly string[] }
  /** Somebody else's transaction locks nodes of ours one after the other. */
  | { readonly kind: 'tangle'; readonly ids: readonly PersonId[]; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number };

/** A round ends at rest: see `rest.ts`. */
export type Round = readonly Command[];

export interface History {
  readonly workers: number;
  readonly maxRows: number;
  readonly rounds: readonly Round[];
}

const steps: readonly Step[] = [
  'leased',
  'stamped',
  'planned',
  'stored',
  'proposed',
  'committing',
  'committed',
  'accepted',
  'released',
];
const step = fc.constantFrom(...steps);
const nth = fc.constantFrom(1, 1, 2, 3);
const key = fc.constantFrom(...ALL_KEYS);
const edges = fc.constantFrom(...ALL_KEYS.filter(name => name.startsWith('knows/')));
const small = fc.integer({ min: 0, max: 3 });
const kind = <K extends string>(name: K) => fc.constant(name);

const bucket: fc.Arbitrary<BucketCommand> = fc.oneof(
  {
    weight: 10,
    arbitrary: happening.filter((one): one is Exclude<Happening, { kind: 'sync' }> => one.kind !== 'sync'),
  },
  fc.record({ kind: kind('undelete'), key }),
  fc.record({ kind: kind('restore'), key, back: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: kind('repartition'), like: key, shift: small }),
  fc.record({ kind: kind('rename'), key, to: small }),
  fc.record({ kind: kind('move'), key: edges, end: fc.constantFrom('ada', 'bob', 1, '1') }),
  fc.record({ kind: kind('share'), key, to: small }),
);

const how: fc.Arbitrary<CallFault> = fc.constantFrom(
  'throttled',
  'throttled, retried',
  'lost answer',
  'lost answer, retried',
  'partly done',
  'death before',
  'death after',
);
const call = fc
  .constantFrom(undefined, 'BatchWriteItemCommand', 'UpdateItemCommand')
  .chain(of => fc.record({ of: fc.constant(of), nth: fc.integer({ min: 1, max: of === undefined ? 25 : 4 }) }));
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: kind('none') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('die'), step, nth }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('pause'),
      step,
      nth,
      ms: fc.constantFrom(100, 900, 1500, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(call, how, fc.constantFrom(1, 2))
      .map(([which, what, times]): Fault => ({ kind: 'call', ...which, how: what, times })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('s3'),
      of: fc.constantFrom<S3Call>('HeadObjectCommand', 'HeadObjectCommand', 'GetObjectCommand', 'ListObjectsV2Command'),
      nth: fc.integer({ min: 1, max: 10 }),
      ms: fc.constantFrom(100, 900),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('late'), ms: fc.constantFrom(700, 1500) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('cut'),
      step: fc.constantFrom<Step>('committing', 'committing', 'leased', 'planned'),
      when: fc.constantFrom<Cut>('before', 'after', 'either'),
      fatal: fc.boolean(),
    }),
  },
);
const shape: fc.Arbitrary<PeopleShape> = fc.record({ age: fc.boolean(), notes: fc.boolean(), shout: fc.boolean() });
const people = fc.shuffledSubarray<PersonId>(['ada', 'bob', 1, '1'], { minLength: 2 });
const keys = fc
  .subarray([...ALL_KEYS], { minLength: 1 })
  .chain(some => fc.shuffledSubarray(some, { minLength: some.length }));
const worker = fc.integer({ min: 0, max: 3 });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 50, arbitrary: bucket },
  { weight: 40, arbitrary: fc.record({ kind: kind('deliver'), worker, keys, fault }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('resync'), worker }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('collect') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('wipe') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('copy') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('put back') }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('deploy'), shape }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('restart') }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind('neighbour'), names: fc.shuffledSubarray(['ada', 'bob', '1', 'eve']) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind('tangle'), ids: people, ms: fc.constantFrom(0, 20, 200) }),
  },
  { weight: 10, arbitrary: fc.record({ kind: kind('wait'), ms: fc.constantFrom(10, 50, 200) }) },
);

const round = fc.array(command, { minLength: 4, maxLength: 16, size: 'max' });

export const history: fc.Arbitrary<History> = fc.record({
  workers: fc.integer({ min: 2, max: 4 }),
  maxRows: fc.constantFrom(1, 3, 20_000),
  rounds: fc.array(round, { minLength: 3, maxLength: 5, size: 'max' }),
});
