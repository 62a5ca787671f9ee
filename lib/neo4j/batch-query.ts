/**
 * A batch as one Cypher statement, for a transport whose requests are one statement and one transaction each: what a client
 * can check before COMMIT elsewhere is checked inside.
 */
import { ADVANCE_FENCE, FENCE_HOLDS, type FenceCheck, fenceParameters } from './fence.ts';
import type { Parameters } from './graph-database.ts';
import type { Statement } from './statement.ts';

export interface Query {
  readonly text: string;
  readonly parameters: Parameters;
}

/** Keys of endpoints that aren't there, by the statement that would make them. */
export type AbsentKeys = ReadonlyMap<Statement, readonly unknown[]>;

/**
 * Asks which endpoints aren't there. One row with a list for each statement; none, if the fence isn't ours any more: then
 * what was seen may be another batch's doing. (Hence it's looked at last.)
 */
export function absentQuery(fence: FenceCheck, statements: readonly MakingStatement[]): Query {
  const looks = statements.map(({ absent }, index) => subquery(absent, index, 'n'));
  const text = [
    'WITH [] AS answers',
    ...looks,
    `CALL () { ${FENCE_HOLDS} } WITH answers, n WHERE n = 1 RETURN answers`,
  ];
  return { text: text.join('\n'), parameters: { ...rowsOf(statements), ...fenceParameters(fence) } };
}

/**
 * The batch: the fence is advanced, and for the one row that this gives, each statement runs as a subquery. A fence that isn't
 * ours gives no row: nothing runs, and there is no answer. Otherwise the answer is one row with a list of what each
 * statement returned. Rows that aren't found, and endpoints that had to be made although nobody knew, divide by zero.
 */
export function batchQuery(
  fence: FenceCheck,
  statements: readonly Statement[],
  tolerant: boolean,
  absent: AbsentKeys,
): Query {
  const known: Record<string, unknown> = {};
  const parts = statements.map((statement, index) => {
    const { text, result } = statement;
    if (result === 'made') {
      known[`absent${index}`] = absent.get(statement) ?? [];
      return subquery(text, index, unless(`all(k IN n WHERE k IN $absent${index})`));
    }
    return subquery(text, index, result === 'rows' && !tolerant ? unless(`n = size($rows${index})`) : 'n');
  });
  const advance = `CALL () { ${ADVANCE_FENCE} } WITH n WHERE n = 1 WITH [] AS answers`;
  return {
    text: [advance, ...parts, 'RETURN answers'].join('\n'),
    parameters: { ...rowsOf(statements), ...known, ...fenceParameters(fence) },
  };
}

/** A statement that makes endpoints, and can tell which it would. */
export type MakingStatement = Statement & { readonly absent: string };

export function isMaking(statement: Statement): statement is MakingStatement {
  return statement.absent !== undefined;
}

/** Statements of one text in a row as one, so that a batch's text, and so its plan, doesn't depend on its size. */
export function joined(statements: readonly Statement[]): Statement[] {
  const all: Statement[] = [];
  for (const statement of statements) {
    const last = all.at(-1);
    if (last?.text !== statement.text) all.push(statement);
    else all[all.length - 1] = { ...last, rows: [...last.rows, ...statement.rows] };
  }
  return all;
}

function subquery(text: string, index: number, answer: string): string {
  // No name or label can have a `$`.
  return `CALL () { ${text.replaceAll('$rows', `$rows${index}`)} } WITH answers + [${answer}] AS answers`;
}

function unless(right: string): string {
  return `CASE WHEN ${right} THEN n ELSE 1 / 0 END`;
}

function rowsOf(statements: readonly Statement[]): Parameters {
  return Object.fromEntries(statements.map(({ rows }, index) => [`rows${index}`, rows]));
}
