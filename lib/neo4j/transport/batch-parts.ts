/**
 * A batch for transports whose requests are transactions: what a client can check before COMMIT elsewhere is checked inside.
 */
import { ADVANCE_FENCE, FENCE_HOLDS, type FenceCheck, fenceParameters } from '../fence/fence.ts';
import type { Statement } from '../statements/statement.ts';
import type { BatchPart } from './http-endpoint.ts';

/** Keys of endpoints that aren't there, by the statement that would make them. */
export type AbsentKeys = ReadonlyMap<Statement, readonly unknown[]>;

/**
 * Asks which endpoints aren't there, and at last whether the fence is ours (1): else what was seen may be another batch's
 * doing.
 */
export function absentParts(fence: FenceCheck, statements: readonly MakingStatement[]): BatchPart[] {
  const looks = statements.map(({ absent, rows }) => ({ text: absent, parameters: { rows } }));
  return [...looks, { text: FENCE_HOLDS, parameters: fenceParameters(fence) }];
}

/**
 * The batch: the fence is advanced, then each statement runs. The first part's check is that the fence is ours; the others
 * stop the batch where rows aren't found, or endpoints had to be made although nobody knew.
 */
export function batchParts(
  fence: FenceCheck,
  statements: readonly Statement[],
  tolerant: boolean,
  absent: AbsentKeys,
): BatchPart[] {
  const parts = statements.map((statement): BatchPart => {
    const { text, rows, result } = statement;
    if (result === 'made') {
      const known = absent.get(statement) ?? [];
      return { text, parameters: { rows, absent: known }, check: 'all(k IN n WHERE k IN $absent)' };
    }
    return { text, parameters: { rows }, ...(result === 'rows' && !tolerant && { check: 'n = size($rows)' }) };
  });
  return [{ text: ADVANCE_FENCE, parameters: fenceParameters(fence), check: 'n = 1' }, ...parts];
}

/** A statement that makes endpoints, and can tell which it would. */
export type MakingStatement = Statement & { readonly absent: string };

export function isMaking(statement: Statement): statement is MakingStatement {
  return statement.absent !== undefined;
}

/** Joins statements of one text that follow each other, so that the text of a batch, and so its plan, doesn't depend on its size. */
export function joined(statements: readonly Statement[]): Statement[] {
  const all: Statement[] = [];
  for (const statement of statements) {
    const last = all.at(-1);
    if (last?.text !== statement.text) all.push(statement);
    else all[all.length - 1] = { ...last, rows: [...last.rows, ...statement.rows] };
  }
  return all;
}

/** Returns the part's text, which divides by zero where the check doesn't hold: that rolls everything back. */
export function checkedText({ text, check }: BatchPart): string {
  if (check === undefined) return text;
  const start = text.lastIndexOf('RETURN ');
  const n = text.slice(start + 'RETURN '.length);
  return `${text.slice(0, start)}WITH ${n} RETURN CASE WHEN ${check} THEN n ELSE 1 / 0 END AS n`;
}

/**
 * Joins parts to one query, for an endpoint that takes one statement: each runs as a subquery, for the one row that those before it
 * give, and the answer is one row with the list `answers`. No row: the first part's check failed, and nothing else ran.
 */
export function asOneQuery([first, ...rest]: readonly BatchPart[]) {
  if (first === undefined) throw new RangeError('a transaction without statements');
  const guard = first.check === undefined ? '' : `WITH n WHERE ${own(first.check, 0)} `;
  const lines = rest.map(
    (part, index) => `CALL () { ${own(checkedText(part), index + 1)} } WITH answers + [n] AS answers`,
  );
  const parameters = [first, ...rest].flatMap((part, index) =>
    Object.entries(part.parameters).map(([name, value]) => [`${name}${index}`, value] as const),
  );
  return {
    text: [`CALL () { ${own(first.text, 0)} } ${guard}WITH [n] AS answers`, ...lines, 'RETURN answers'].join('\n'),
    parameters: Object.fromEntries(parameters),
  };
}

/** Gives a text parameters of its own. (No name or label can have a `$`.) */
function own(text: string, index: number): string {
  return text.replaceAll(/\$[a-z]+/g, name => `${name}${index}`);
}
