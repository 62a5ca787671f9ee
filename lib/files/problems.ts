import { encodeJson } from '../values/types/json.ts';
import { ValueError } from '../values/value.ts';
import { shorten } from './describe-value.ts';

/** One thing wrong with a file, in a form a person can act on. Never holds a whole value. */
export interface Problem {
  /** 1-based line (or record) number. */
  readonly line?: number;
  /** Which of the records that start on the line it is, from 1; left out for the first. */
  readonly number?: number;
  readonly field?: string;
  /** `what is wrong, got ..., expected ...`, as far as each is known. */
  readonly problem: string;
}

/** How often one kind of problem was found. Indexes in the field are `*`: `tags.0` and `tags.1` count as one. */
export interface ProblemCount {
  /**
   * `content`: the bytes are not of the format; `row`: no table takes the row; `function`: the source's function failed; `database`:
   * Neo4j refused it. Else the record doesn't validate: the schema's own code of the issue (zod's, `invalid_type`), or `invalid`.
   */
  readonly kind: string;
  readonly field?: string;
  readonly count: number;
}

/** A record that was left out. */
export interface InvalidRecord {
  readonly line: number;
  /** Which of the records that start on the line it is, from 1; left out for the first. */
  readonly number?: number;
  /** The first problems, at most {@link MAX_PROBLEMS}. */
  readonly problems: readonly string[];
  /** JSON text of the record as it was read; where that is long, of a text of its beginning. */
  readonly record: string;
}

/** Problems that are told in full; all are counted. */
export const MAX_PROBLEMS = 20;
/** Kinds that are counted apart; a file of a thousand wrong columns need not tell of each. */
const MAX_KINDS = 50;
const MAX_RECORD_CHARACTERS = 4096;
/** Of a field's name, and of what is wrong: both may come from the file, and twenty must fit into an event and a status. */
const MAX_FIELD_CHARACTERS = 200;
const MAX_PROBLEM_CHARACTERS = 600;

/** Returns a problem as it can be told, however long the names and values in it are. */
export function shortProblem({ line, number, field, problem }: Problem): Problem {
  return {
    ...(line !== undefined && { line }),
    ...(number !== undefined && { number }),
    ...(field !== undefined && { field: shorten(field, MAX_FIELD_CHARACTERS) }),
    problem: shorten(problem, MAX_PROBLEM_CHARACTERS),
  };
}

/** `key:line field: problem`, with `(record 17)` after the line where that starts several. */
export function problemLine(key: string, { line, number, field, problem }: Problem): string {
  const place = `${key}${line === undefined ? '' : `:${line}`}${number === undefined ? '' : ` (record ${number})`}`;
  return field === undefined ? `${place} ${problem}` : `${place} ${field}: ${problem}`;
}

/** The invalid records of one file: all are counted; while there are no more than the tolerance they are kept. */
export class InvalidRecords {
  readonly #tolerance: number;
  readonly #counts = new Map<string, { kind: string; field?: string; count: number }>();
  readonly #problems: Problem[] = [];
  /** What is wrong with the file itself. */
  readonly #faults: Problem[] = [];
  #kept: InvalidRecord[] = [];
  #records = 0;
  #total = 0;

  /** @param tolerance invalid records that the file may have and still be accepted */
  constructor(tolerance: number) {
    this.#tolerance = tolerance;
  }

  add(
    record: { readonly line: number; readonly number?: number; readonly value: unknown },
    problems: readonly Problem[],
    kinds: readonly string[],
  ): void {
    this.#records += 1;
    const number = record.number === undefined ? {} : { number: record.number };
    for (const [index, problem] of problems.entries())
      this.#count({ ...problem, ...number }, kinds[index] ?? 'invalid', this.#problems);
    if (this.exceeded) this.#kept = [];
    else {
      const texts = problems
        .slice(0, MAX_PROBLEMS)
        .map(shortProblem)
        .map(({ field, problem }) => `${field ? `${field}: ` : ''}${problem}`);
      this.#kept.push({ line: record.line, ...number, problems: texts, record: recordText(record.value) });
    }
  }

  /** Something wrong with the file itself, which no tolerance covers. */
  fault(problem: Problem, kind = 'content'): void {
    this.#count(problem, kind, this.#faults);
  }

  /** Whether the file can't be accepted. */
  get exceeded(): boolean {
    return this.#faults.length > 0 || this.#records > this.#tolerance;
  }

  /** Problems found. */
  get total(): number {
    return this.#total;
  }

  /** The first problems by line, at most {@link MAX_PROBLEMS}; of a line one of the file itself is the last. */
  get first(): readonly Problem[] {
    // Sorting is stable: of one line the faults stay the last.
    return [...this.#problems.sort(byPlace), ...this.#faults.sort(byPlace)].sort(byLine).slice(0, MAX_PROBLEMS);
  }

  /** The most frequent first. */
  get counts(): readonly ProblemCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }

  /** The records to be left out, by line; none if there are more than the tolerance. */
  get kept(): readonly InvalidRecord[] {
    return this.#kept.sort(byPlace);
  }

  #count(given: Problem, kind: string, list: Problem[]): void {
    const problem = shortProblem(given);
    this.#total += 1;
    list.push(problem);
    // Sorted now and then: records of one line are found before and after those of the next.
    if (list.length > 10 * MAX_PROBLEMS) list.sort(byPlace).splice(MAX_PROBLEMS);
    const field = problem.field
      ?.split('.')
      .map(part => (/^\d+$/.test(part) ? '*' : part))
      .join('.');
    const id = JSON.stringify([kind, field]);
    const found = this.#counts.get(id);
    if (found !== undefined) found.count += 1;
    else if (this.#counts.size < MAX_KINDS)
      this.#counts.set(id, { kind, ...(field !== undefined && { field }), count: 1 });
    else {
      const other = this.#counts.get('other') ?? { kind: 'other', count: 0 };
      other.count += 1;
      this.#counts.set('other', other);
    }
  }
}

function byPlace(a: Pick<Problem, 'line' | 'number'>, b: Pick<Problem, 'line' | 'number'>): number {
  return byLine(a, b) || (a.number ?? 1) - (b.number ?? 1);
}

function byLine(a: Pick<Problem, 'line'>, b: Pick<Problem, 'line'>): number {
  const [x, y] = [a.line ?? Number.POSITIVE_INFINITY, b.line ?? Number.POSITIVE_INFINITY];
  return x === y ? 0 : x - y;
}

function recordText(value: unknown): string {
  try {
    const text = encodeJson(value);
    if (text.length <= MAX_RECORD_CHARACTERS) return text;
    return JSON.stringify(`${text.slice(0, MAX_RECORD_CHARACTERS).toWellFormed()}…`);
  } catch (error) {
    if (error instanceof ValueError) return JSON.stringify(error.message);
    throw error;
  }
}

/** The records as NDJSON: `{"line": 7, "problems": ["..."], "record": {...}}`. */
export function invalidRecordLines(records: readonly InvalidRecord[]): string {
  return records.map(({ record, ...rest }) => `${JSON.stringify(rest).slice(0, -1)},"record":${record}}\n`).join('');
}
