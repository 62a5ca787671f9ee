import { GraphdropError } from '../errors.ts';
import { type InvalidRecords, type Problem, type ProblemCount, problemLine, shortProblem } from './problems.ts';
import { toldProblems } from './redaction.ts';

/** Where a problem is: an object of the bucket and, where known, the line (1-based) and field in it. */
export interface Location {
  readonly bucket?: string;
  readonly key: string;
  readonly line?: number;
  readonly field?: string;
}

/** The version of an object that was read. */
export interface ReadVersion {
  readonly etag: string;
  /** Undefined: the bucket has no versions. */
  readonly versionId: string | undefined;
}

/** What refuses a version of an object. */
export type RejectedBy = 'content' | 'database' | 'worker' | 'table' | 'shrink';

/** One version of a file is not acceptable: it doesn't parse, validate or fit a limit. The one before it stays in force. */
export class RejectedObjectError extends GraphdropError {
  readonly code = 'REJECTED_OBJECT';
  readonly location: Location;
  /** The first problems by line, at most 20. */
  readonly problems: readonly Problem[];
  /** All problems by kind. */
  readonly counts: readonly ProblemCount[];
  /**
   * What refuses it: for its content it will always be rejected, the database may accept it another day; `worker`: workers died of
   * it, and more of them won't; `table`: it is a file of a Delta, Hudi or Iceberg table, of which nothing is in force; `shrink`: it lacks
   * rows of the version in force below it, and another may be that one day.
   */
  readonly by: RejectedBy;
  /** The version that was read, where one was. */
  readonly version: ReadVersion | undefined;
  /** Of one that lacks rows, the version that has them and is in force. Undefined: the bucket has no versions. */
  readonly inForce: ReadVersion | undefined;

  /** @param found the problems; a list: all there are, of the kind that `by` says */
  constructor(
    location: Location,
    found: readonly Problem[] | Pick<InvalidRecords, 'first' | 'counts' | 'total'>,
    options?: ErrorOptions & {
      readonly by?: RejectedBy;
      readonly version?: ReadVersion | undefined;
      readonly inForce?: ReadVersion | undefined;
    },
  ) {
    const by = options?.by ?? 'content';
    const { first: all, counts, total } = 'first' in found ? found : tallied(found, by);
    const problems = toldProblems(all);
    const first = problems[0] ?? { problem: 'not acceptable' };
    const place = [location.bucket, location.key].filter(Boolean).join('/');
    super(`${problemLine(place, first)}${total > 1 ? ` (and ${total - 1} more)` : ''}`, options);
    this.location = location;
    this.problems = problems;
    this.counts = counts;
    this.by = by;
    this.version = options?.version;
    this.inForce = options?.inForce;
  }

  /** The problems as `key:line field: problem, got ..., expected ...`. */
  get lines(): readonly string[] {
    return this.problems.map(problem => problemLine(this.location.key, problem));
  }
}

function tallied(first: readonly Problem[], kind: string) {
  return { first: first.map(shortProblem), counts: [{ kind, count: first.length }], total: first.length };
}
