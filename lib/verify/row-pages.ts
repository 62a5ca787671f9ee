/** Looks at a page of rows, at what seems to differ once more with the fence locked, and repairs it if asked to. */

import { retryPassing } from '../commit/retry.ts';
import { type TableDefinition, tableId } from '../definition/definition.ts';
import { declaredKeys } from '../reconcile/batch.ts';
import type { Scope } from '../scope.ts';
import type { Root } from '../state/root.ts';
import { EMPTY, firstEntries } from '../state/tree.ts';
import { type KeyValue, parseKey } from '../values/value.ts';
import { findAmbiguous } from './ambiguous-rows.ts';
import { findDifferences, type RowDifference } from './declared-rows.ts';
import { countUnkeyed, keysFrom } from './key-pages.ts';
import { COUNTED, keysAt, keysOf, OBJECTS, type Position } from './position.ts';
import { removeByKey, removeSomeUnkeyed, rewriteRows } from './repair.ts';
import type { EndSample, PageReport, Repaired, RowSample } from './report.ts';
import { rowSample } from './samples.ts';
import { systemTables } from './sweep.ts';
import { findUndeclared, knownContent, type UndeclaredRow } from './undeclared-rows.ts';
import { readWinners, type WinnersWord } from './winners.ts';

/** The findings of one page, and where to go on; null: that was the last. */
export interface Page {
  readonly report: PageReport;
  readonly next: Position | null;
}

export interface RowPageOptions {
  readonly scope: Scope;
  readonly root: Root;
  readonly repair: boolean;
  readonly pageSize: number;
  /** How many altered rows of a table may still have their properties named. */
  readonly named: (table: string) => number;
  /** Milliseconds since 1970: what isn't done then is left to the next page. */
  readonly deadline: number;
}

/** Looks a page of tracked rows up in the graph. */
export async function lookAtDeclared(
  options: RowPageOptions,
  { table: from, after }: Position & { phase: 'declared' },
): Promise<Page> {
  const { scope, root, repair, pageSize } = options;
  const ids = [...root.tables.keys()].sort();
  const table = ids.find(id => id >= from);
  const [firstSystem] = systemTables(scope);
  if (table === undefined) return { report: {}, next: keysOf(firstSystem) };
  const { rows: tree } = root.tables.get(table) ?? { rows: EMPTY };
  const stage = scope.nodes.stage();
  const page = await firstEntries(stage, tree, table === from ? after : '', pageSize);
  const rows = page.map(([row]) => row);
  const suspects = await lookTwice(
    scope,
    rows,
    (some, locked) => findDifferences(scope, root, table, some, locked),
    ({ row }) => row,
  );
  const altered = suspects.filter(({ kind }) => kind === 'altered').slice(0, Math.max(0, options.named(table)));
  const undecided = suspects.filter(({ kind }) => kind === 'undecided');
  const { properties, unread } = await readWinners(scope, root, table, [...altered, ...undecided], options.deadline);
  // Rows whose files there was no time for are the next page's.
  const looked = unread === null ? rows : rows.filter(row => row < unread);
  const differences = suspects
    .flatMap(suspect => decided(suspect, properties))
    .filter(({ row }) => looked.includes(row));
  const ambiguous = await retryPassing(scope.limits.maxTries, () => findAmbiguous(scope, root, table, looked));
  const last = unread !== null || rows.length === pageSize ? looked.at(-1) : undefined;
  const following = ids.find(id => id > table);
  const nextTable: Position =
    following === undefined ? keysOf(firstSystem) : { phase: 'declared', table: following, after: '' };
  return {
    report: {
      rows: looked.length,
      found: [
        ...differences.map(difference => ({ table, kind: difference.kind, sample: sampleOf(difference, properties) })),
        ...ambiguous.map(row => ({ table, kind: 'ambiguous' as const, sample: rowSample(row) })),
      ],
      repaired: repair ? await repairDifferences(options, table, differences) : {},
    },
    next: last === undefined ? nextTable : { phase: 'declared', table, after: last },
  };
}

/** Applies what the winner's file says: that the row is right after all, or that it is altered. */
function decided(suspect: RowDifference, properties: WinnersWord['properties']): RowDifference[] {
  const names = properties.get(suspect.row);
  if (names === undefined || names === null) return [suspect];
  return names.length === 0 ? [] : [{ ...suspect, kind: 'altered' }];
}

function sampleOf({ kind, row, tracked, found }: RowDifference, properties: WinnersWord['properties']): RowSample {
  if (kind === 'altered') return rowSample(tracked, { properties: properties.get(row) ?? null });
  return kind === 'misplaced' ? rowSample(tracked, { found }) : rowSample(tracked);
}

async function repairDifferences(
  { scope, root, deadline }: RowPageOptions,
  table: string,
  differences: readonly RowDifference[],
): Promise<Partial<Repaired>> {
  // Undecided rows may be right; of rows that share a key in a user's table some are not ours.
  const rows = differences.filter(({ kind, shared }) => kind !== 'undecided' && !shared).map(({ row }) => row);
  const written = await rewriteRows(scope, table, rows, deadline);
  const misplaced = differences.filter(({ kind }) => kind === 'misplaced').map(({ tracked }) => tracked.key);
  const definition = systemTables(scope).find(other => tableId(other) === table);
  const removed = definition === undefined ? 0 : await removeByKey(scope, root, definition, misplaced);
  return { rows: written, removed };
}

/** Looks a page of the graph's keys up in tracked state. */
export async function lookForUndeclared(
  options: RowPageOptions,
  { table: id, kind, after }: Position & { phase: 'undeclared' },
): Promise<Page> {
  const { scope, root, pageSize } = options;
  const tables = systemTables(scope);
  const index = tables.findIndex(other => tableId(other) === id);
  const table = tables[index];
  if (table === undefined) return { report: {}, next: OBJECTS }; // of another definition
  if (kind === 'unkeyed') return await lookForUnkeyed(options, table, after === null, keysOf(tables[index + 1]));
  const position = { kind, after: after === null ? null : parseKey(after) };
  const { keys, next } = await retryPassing(scope.limits.maxTries, () => keysFrom(scope, table, position, pageSize));
  const content = knownContent(scope, root, id);
  const suspects = await lookTwice(
    scope,
    keys,
    (some, locked) => findUndeclared(scope, table, content, some, locked),
    ({ key }) => key,
  );
  // What is elsewhere was found when it was missing.
  const undeclared = suspects.filter(row => row.kind !== 'misplaced');
  return {
    report: {
      keys: keys.length,
      ends: await undeclaredEnds(options, table, keys, undeclared),
      ...(await settleUndeclared(options, table, undeclared)),
    },
    next: next === null ? { phase: 'undeclared', table: id, kind: 'unkeyed', after: null } : keysAt(table, next),
  };
}

/** Finds the keys of a page of nodes that are stubs: nothing declares them, and nothing is wrong with them. */
async function undeclaredEnds(
  { scope, root }: RowPageOptions,
  table: TableDefinition,
  keys: readonly KeyValue[],
  undeclared: readonly UndeclaredRow[],
): Promise<EndSample[]> {
  if (table.kind !== 'node') return [];
  const id = tableId(table);
  const declared = await declaredKeys(scope.nodes.stage(), id, root.tables.get(id), keys);
  const wrong = new Set(undeclared.map(({ key }) => key));
  const ends = keys.filter(key => !declared.has(key) && !wrong.has(key));
  return ends.map(key => ({ table: id, ...rowSample({ key }) }));
}

async function settleUndeclared(
  { scope, root, repair, deadline }: RowPageOptions,
  table: TableDefinition,
  undeclared: readonly UndeclaredRow[],
): Promise<PageReport> {
  const id = tableId(table);
  const found = undeclared.map(({ kind, key, ends }) => ({
    table: id,
    kind: kind === 'stub' ? ('stubs' as const) : ('undeclared' as const),
    sample: rowSample({ key, ends }),
  }));
  if (!repair) return { found };
  // Copies are made alike first: then it doesn't matter which one stays. Where they can't be, all stay.
  const copies = new Set(undeclared.filter(({ kind }) => kind === 'copy').map(({ row }) => row));
  const alike = (await rewriteRows(scope, id, [...copies], deadline)) === copies.size;
  const keys = undeclared.filter(({ kind }) => alike || kind !== 'copy').map(({ key }) => key);
  return { found, repaired: { removed: await removeByKey(scope, root, table, keys) } };
}

/** Counts the rows that no key can tell; a repair then removes them a transaction at a time. @param first nothing is counted yet */
async function lookForUnkeyed(
  { scope, repair }: RowPageOptions,
  table: TableDefinition,
  first: boolean,
  next: Position,
): Promise<Page> {
  const id = tableId(table);
  if (first) {
    const count = await retryPassing(scope.limits.maxTries, () => countUnkeyed(scope, table));
    const again: Position = { phase: 'undeclared', table: id, kind: 'unkeyed', after: COUNTED };
    return { report: { unkeyed: { table: id, count } }, next: repair && count > 0 ? again : next };
  }
  const removed = await removeSomeUnkeyed(scope, table);
  const again: Position = { phase: 'undeclared', table: id, kind: 'unkeyed', after: COUNTED };
  return { report: { repaired: { removed } }, next: removed > 0 ? again : next };
}

/** Looks at a page, and at what seems to differ once more with the fence locked. */
async function lookTwice<Item, Difference>(
  scope: Scope,
  page: readonly Item[],
  look: (items: readonly Item[], locked: boolean) => Promise<Difference[]>,
  itemOf: (suspect: Difference) => Item,
): Promise<Difference[]> {
  const suspects = await retryPassing(scope.limits.maxTries, () => look(page, false));
  if (suspects.length === 0) return [];
  return await retryPassing(scope.limits.maxTries, () => look([...new Set(suspects.map(itemOf))], true));
}
