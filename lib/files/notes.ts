import { MAX_PROBLEMS, type Problem, shortProblem } from './problems.ts';
import { toldProblems } from './redaction.ts';

/** What was accepted of a file, but not as it stands there: one kind of change, how often it was made, and where first. */
export interface Note {
  /** `unknown-column`: a value was left out, because the record's schema has no field for it; others: see docs/formats.md. */
  readonly kind: string;
  readonly count: number;
  /** The first by line, at most 20, of each field at most three. */
  readonly first: readonly Problem[];
}

/** Of one field: a file whose every line has an unknown column tells of its other columns, too. */
const MAX_OF_A_FIELD = 3;

interface Noted {
  count: number;
  readonly first: Problem[];
  readonly fields: Map<string | undefined, number>;
}

/** Collects the notes of one file, which come in the order of its lines. */
export class Notes {
  readonly #kinds = new Map<string, Noted>();

  /** @param problem only asked for where it is one of the first */
  add(kind: string, line: number, field: string | undefined, problem: () => string): void {
    let noted = this.#kinds.get(kind);
    if (noted === undefined) {
      noted = { count: 0, first: [], fields: new Map() };
      this.#kinds.set(kind, noted);
    }
    noted.count += 1;
    const { first, fields } = noted;
    if (first.length >= MAX_PROBLEMS) return;
    const before = fields.get(field) ?? 0;
    if (before >= MAX_OF_A_FIELD) return;
    fields.set(field, before + 1);
    first.push(shortProblem({ line, ...(field !== undefined && { field }), problem: problem() }));
  }

  /** The notes by kind; none: all was taken as it stands. */
  get list(): readonly Note[] {
    return [...this.#kinds].map(([kind, { count, first }]) => ({ kind, count, first: toldProblems(first) }));
  }
}
