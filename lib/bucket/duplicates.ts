import { type Declaration, derivedKey } from '../definition/declaration.ts';
import { type OnDuplicate, type TableDefinition, tableName } from '../definition/definition.ts';
import { RowError } from '../errors.ts';
import { shorten } from '../files/describe-value.ts';
import type { Notes } from '../files/notes.ts';
import { compareVersions, isAbsent } from '../values/version.ts';

/** A declaration and the line of the record that it came from. */
export interface Placed {
  readonly declaration: Declaration;
  readonly line: number;
}

/** Two records of one file contradict each other: a fault of the file, as nothing tells which of them is wrong. */
export class ContradictionError extends RowError {
  /** Line of the later record. */
  readonly line: number;

  constructor(line: number, table: string, problem: string) {
    super(table, '*', problem);
    this.line = line;
  }
}

/** Of a key, in what is told of its row. */
const MAX_CHARACTERS = 100;

/** Returns whether a declaration holds against one of the same row before it in the object: by the version, of equal ones as the later. */
export function wins(now: Declaration, before: Declaration): boolean {
  return compareVersions(now.version, before.version) >= 0;
}

/** What an object's declarations of one row with different values are: a fault, or one holds and the others lose. */
export class Duplicates {
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  readonly #notes: Notes;

  /** @param notes told of those that lose */
  constructor(tables: ReadonlyMap<string, TableDefinition>, notes: Notes) {
    this.#tables = tables;
    this.#notes = notes;
  }

  /** Returns whether another declaration of the row may be a fault. */
  mayRefuse(declaration: Declaration): boolean {
    const table = this.#tableOf(declaration);
    return (table.onDuplicate ?? usualOf(table, declaration)) === 'reject';
  }

  /**
   * Refuses two values of one row that no version decides between, where the table has them for a fault.
   *
   * @param isOneRecord whether one record declares both
   * @throws RowError if one does, else ContradictionError
   */
  refuse(before: Placed, now: Placed, isOneRecord = false): void {
    const [one, other] = [before.declaration, now.declaration];
    if (one.fingerprint === other.fingerprint || compareVersions(one.version, other.version) !== 0) return;
    // In a stream of changes an edge that comes and goes is no contradiction.
    if (!this.mayRefuse(other) || isAbsent(one.version) || isAbsent(other.version)) return;
    const where = isOneRecord
      ? `twice in line ${now.line}`
      : before.line === now.line
        ? `by two records of line ${now.line}`
        : `in lines ${before.line} and ${now.line}`;
    const problem = `${nameOf(other)} is declared with other values ${where}: give it a key of its own, or say onDuplicate: 'last'`;
    const table = tableName(this.#tableOf(other));
    throw isOneRecord ? new RowError(table, '*', problem) : new ContradictionError(now.line, table, problem);
  }

  /** Tells which of two declarations of one row loses. */
  note(before: Placed, now: Placed): void {
    const isLater = wins(now.declaration, before.declaration);
    const [loser, winner] = isLater ? [before, now] : [now, before];
    const why = isLater ? 'is after it' : 'has a higher version';
    const table = tableName(this.#tableOf(loser.declaration));
    this.#notes.add(
      'duplicate',
      loser.line,
      table,
      () => `${nameOf(loser.declaration)} ${saysOf(winner.declaration)} in line ${winner.line}, which ${why}`,
    );
  }

  #tableOf({ table }: Declaration): TableDefinition {
    return this.#tables.get(table) as TableDefinition;
  }
}

/** Returns what duplicates are where the table doesn't say: an edge without a key can't be told from another of its ends. */
function usualOf(table: TableDefinition, { key, ends }: Declaration): OnDuplicate {
  const isKeyless = table.kind === 'relation' && ends && key === derivedKey(table.from, table.to, ends);
  return isKeyless ? 'reject' : 'last';
}

function saysOf({ version }: Declaration): string {
  return isAbsent(version) ? 'is absent' : 'has other values';
}

function nameOf({ key, ends }: Declaration): string {
  const text = ends === undefined ? String(key) : `(${ends.from})->(${ends.to})`;
  return shorten(text, MAX_CHARACTERS);
}
