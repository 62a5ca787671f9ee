import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { type Resolved, requireWhole } from './resolved.ts';

/** How the functions that follow files work. */
export interface WorkerProps {
  /**
   * Memory of the sync and verify functions in MB, 256 to 10,240. Their share of CPU grows along; 1,769 is one core.
   *
   * @default 1769
   */
  readonly memorySize?: number;

  /**
   * Temporary storage of the sync function in MB, 512 to 10,240. Rows of an object that has more than 60,000 of them wait there.
   *
   * @default 512
   */
  readonly temporaryStorage?: number;

  /**
   * Longest run of the sync function, 30 seconds to 15 minutes. Work beyond it is continued by the next message. Other
   * functions have times of their own.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * How often every object is looked at again, for whatever no event told. Costs one look-up an object; `false`: never.
   *
   * @default Schedule.rate(Duration.days(1))
   */
  readonly resyncSchedule?: Schedule | false;

  /**
   * Most sync functions at work for one scope, 2 to 1,000. One commits at a time; a second one parses meanwhile.
   *
   * @default 2
   */
  readonly maxConcurrency?: number;

  /**
   * Changed rows that one Neo4j transaction applies, 100 to 100,000, with 64 MB of values at most (less with little `memorySize`). Each
   * takes 3 to 7 KB of the server's memory; an object with more is applied in slices. A transaction that turns out too large for the
   * server is split anyway.
   *
   * @default 20000
   */
  readonly maxRowsPerTransaction?: number;

  /**
   * For how long the tracked state of the past is kept, 1 to 365 days: a database that is restored to a time within it is
   * brought up to date by the difference, one that is older by looking at every file again.
   *
   * @default Duration.days(7)
   */
  readonly stateRetention?: Duration;

  /**
   * Share of a scope's rows, or of its objects, above 0 and 1 at most, more of which a resync doesn't remove by itself: it is held
   * back, an alarm rings, and a person confirms it. 1: all may go.
   *
   * @default 0.5
   */
  readonly maxRemovedShare?: number;
}

/** Those whose defaults the functions themselves know. */
type KnownByFunctions = 'maxRowsPerTransaction' | 'stateRetention' | 'maxRemovedShare';

/** Checks these properties and fills in defaults. @throws Error that names the value received and the fix */
export function resolveWorkerProps(props: WorkerProps): Resolved<WorkerProps, KnownByFunctions> {
  const { memorySize = 1769, temporaryStorage = 512, timeout = Duration.minutes(5), maxConcurrency = 2 } = props;
  const { resyncSchedule = Schedule.rate(Duration.days(1)), maxRowsPerTransaction, stateRetention } = props;
  const { maxRemovedShare } = props;
  requireWhole('memorySize', memorySize, 256, 10_240);
  requireWhole('temporaryStorage', temporaryStorage, 512, 10_240);
  requireWhole('timeout (in seconds)', timeout.toSeconds(), 30, 900);
  requireWhole('maxConcurrency', maxConcurrency, 2, 1000);
  requireWhole('maxRowsPerTransaction', maxRowsPerTransaction, 100, 100_000);
  requireWhole('stateRetention (in days)', stateRetention?.toDays({ integral: false }), 1, 365);
  if (maxRemovedShare !== undefined && !(maxRemovedShare > 0 && maxRemovedShare <= 1))
    throw new Error(`maxRemovedShare is ${maxRemovedShare}: it takes a number above 0, 1 at most`);
  return {
    memorySize,
    temporaryStorage,
    timeout,
    resyncSchedule,
    maxConcurrency,
    maxRowsPerTransaction,
    stateRetention,
    maxRemovedShare,
  };
}
