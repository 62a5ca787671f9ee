/** Labels that a node table's rows may have apart from the table's own. */
import { DefinitionError, RowError } from '../errors.ts';
import { identifier } from '../values/identifier.ts';
import { type OptionCheck, shown } from '../values/options.ts';

/** Each of them is two clauses of the statement that writes rows. */
const MOST_LABELS = 20;

export const labelsCheck: OptionCheck = {
  expected: `a list of at most ${MOST_LABELS} names`,
  accepts: value =>
    Array.isArray(value) && value.length <= MOST_LABELS && value.every(name => typeof name === 'string'),
};

/** Returns a table's extra labels, sorted. @throws DefinitionError for its own, graphdrop's, and names that can't be quoted */
export function tableLabels(label: string, labels: readonly string[] = []): readonly string[] {
  const what = `node table ${label}: labels:`;
  for (const name of labels) {
    identifier(name, what);
    if (name === label) throw new DefinitionError(`${what} ${name} is the table's own: leave it out`);
    if (name.startsWith('_Graphdrop'))
      throw new DefinitionError(`${what} ${name}: labels that begin with _Graphdrop are graphdrop's own`);
  }
  return [...new Set(labels)].sort();
}

/**
 * Returns those of a table's extra labels that a row has, in their order; undefined: none.
 *
 * @param given as the row has them, in any order, the table's own among them or not
 * @throws RowError for one that the table doesn't name
 */
export function rowLabels(label: string, known: readonly string[], given: unknown): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given)) throw new RowError(label, 'labels', `got ${shown(given)}, expected a list of labels`);
  const unknown = given.filter(name => name !== label && !known.includes(name));
  if (unknown.length > 0) {
    const named = known.length === 0 ? 'names no labels but its own' : `names ${known.join(', ')}`;
    throw new RowError(
      label,
      'labels',
      `got ${[...new Set(unknown)].slice(0, 5).map(shown).join(', ')}, but the table ${named}: add what is missing to its option labels`,
    );
  }
  const labels = known.filter(name => given.includes(name));
  return labels.length === 0 ? undefined : labels;
}
