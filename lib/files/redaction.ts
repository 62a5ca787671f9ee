import type { Problem } from './problems.ts';

/** What is told in place of a text that may hold a value of a record. */
export const REDACTED = 'redacted: the line of the file has it';

let redacts = false;

/** Decides for this process whether what is told of files and errors may hold values of records. Default: it may. */
export function redactValues(on: boolean): void {
  redacts = on;
}

/** Returns a text that may hold values of records, or what is told in its place. */
export function told(text: string): string {
  return redacts ? REDACTED : text;
}

/** Returns problems with line and field, and with what is wrong if that may be told. */
export function toldProblems(problems: readonly Problem[]): readonly Problem[] {
  return redacts ? problems.map(it => ({ ...it, problem: REDACTED })) : problems;
}
