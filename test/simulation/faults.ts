/** What may go wrong while a worker does one thing. */
import fc from 'fast-check';
import type { Step } from '../../lib/scope.ts';
import { ALL_KEYS } from './records.ts';

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
  /** Every call of DynamoDB takes its time, so that a batch outlasts its lease. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** An answer of S3 takes its time. */
  | { readonly kind: 's3'; readonly of: S3Call; readonly nth: number; readonly ms: number }
  /** An object can't be read, though it is listed: it is archived, its connection hangs until it is given up, or its bytes stop coming. */
  | { readonly kind: 'object'; readonly key: string; readonly how: 'archived' | 'hangs' | 'stalls' }
  /** The server has no memory for transactions of more rows than these. */
  | { readonly kind: 'memory'; readonly rows: number }
  /** The server fails at transactions that write a row with this name or text, and calls itself faulty. */
  | { readonly kind: 'faulty'; readonly text: string }
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

/** A step that is added to the protocol doesn't compile until it is here. */
const steps: Record<Step, null> = {
  leased: null,
  stamped: null,
  planned: null,
  stored: null,
  proposed: null,
  committing: null,
  committed: null,
  accepted: null,
  released: null,
};
const step = fc.constantFrom(...(Object.keys(steps) as Step[]));
const nth = fc.constantFrom(1, 1, 2, 3);
const kind = <K extends string>(name: K) => fc.constant(name);

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

/** What may go wrong, by kind, and how often beside the others. */
export const FAULTS: {
  readonly [K in Fault['kind']]: readonly [
    weight: number,
    arbitrary: fc.Arbitrary<Extract<Fault, { readonly kind: K }>>,
  ];
} = {
  none: [3, fc.record({ kind: kind('none') })],
  die: [2, fc.record({ kind: kind('die'), step, nth })],
  pause: [
    2,
    fc.record({
      kind: kind('pause'),
      step,
      nth,
      ms: fc.constantFrom(100, 900, 1500, Number.POSITIVE_INFINITY),
    }),
  ],
  call: [
    3,
    fc
      .tuple(call, how, fc.constantFrom(1, 2))
      .map(([which, what, times]) => ({ kind: 'call', ...which, how: what, times }) as const),
  ],
  slow: [1, fc.record({ kind: kind('slow'), ms: fc.constantFrom(20, 60) })],
  s3: [
    1,
    fc.record({
      kind: kind('s3'),
      of: fc.constantFrom<S3Call>('HeadObjectCommand', 'HeadObjectCommand', 'GetObjectCommand', 'ListObjectsV2Command'),
      nth: fc.integer({ min: 1, max: 10 }),
      ms: fc.constantFrom(100, 900),
    }),
  ],
  object: [
    1,
    fc.record({
      kind: kind('object'),
      key: fc.constantFrom(...ALL_KEYS),
      how: fc.constantFrom('archived', 'hangs', 'stalls'),
    }),
  ],
  memory: [1, fc.record({ kind: kind('memory'), rows: fc.constantFrom(1, 2, 5) })],
  faulty: [1, fc.record({ kind: kind('faulty'), text: fc.constantFrom('x', 'y') })],
  late: [1, fc.record({ kind: kind('late'), ms: fc.constantFrom(700, 1500) })],
  cut: [
    2,
    fc.record({
      kind: kind('cut'),
      step: fc.constantFrom<Step>('committing', 'committing', 'leased', 'planned'),
      when: fc.constantFrom<Cut>('before', 'after', 'either'),
      fatal: fc.boolean(),
    }),
  ],
};
