import { compareCodePoints, compareVersions } from '../values/version.ts';

/** An owner with all that decides whether its values are in the graph. */
export interface Candidate {
  readonly id: string;
  readonly version: string;
  /** The object's key. */
  readonly key: string;
}

/** Orders owners of one row: the highest version wins, then the greatest object key. Never a time: order follows content. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return compareVersions(a.version, b.version) || compareCodePoints(a.key, b.key);
}

/** The owner whose values the graph holds. */
export function winnerOf(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    // Stryker disable next-line EqualityOperator: no two owners are equal, for their keys differ.
    (best, candidate) => (best === undefined || compareCandidates(candidate, best) > 0 ? candidate : best),
    undefined,
  );
}
