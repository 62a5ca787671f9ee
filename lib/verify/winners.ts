/** Reads the files of rows' winners again, to tell which properties of the rows differ. */
import pMap from 'p-map';
import { inTime } from '../bucket/in-time.ts';
import { readAccepted } from '../bucket/objects.ts';
import type { Declaration } from '../definition/declaration.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { Scope } from '../scope.ts';
import { isUnknown } from '../state/manifest-row.ts';
import type { Root } from '../state/root.ts';
import type { RowDifference } from './declared-rows.ts';
import type { StoredContent } from './stored-row.ts';
import { differingProperties } from './stored-values.ts';

/** Milliseconds for one file. */
const READ_MS = 60_000;

/** What the winners' files say of rows. */
export interface WinnersWord {
  /** By row, the properties and extra labels that differ; none: the row is right; null: no file tells. */
  readonly properties: ReadonlyMap<string, readonly string[] | null>;
  /** The first row (in the order of rows) whose file was not read in time; null: all were. */
  readonly unread: string | null;
}

/**
 * Reads the winners of altered or undecided rows.
 *
 * @param deadline ms since 1970: no file but the first is begun later
 */
export async function readWinners(
  scope: Scope,
  root: Root,
  table: string,
  differences: readonly RowDifference[],
  deadline: number,
): Promise<WinnersWord> {
  const columns = root.tables.get(table)?.table.columns ?? null;
  const properties = new Map<string, readonly string[] | null>();
  const unread: string[] = [];
  const inOrder = [...differences].sort((a, b) => (a.row < b.row ? -1 : 1));
  const known = inOrder.filter(({ tracked }) => !isUnknown(tracked));
  const byWinner = [...Map.groupBy(known, ({ tracked }) => tracked.winner.key).values()];
  await pMap(
    byWinner,
    async (ofWinner, index) => {
      if (index > 0 && Date.now() >= deadline) {
        unread.push(...ofWinner.map(({ row }) => row));
        return;
      }
      const declared = await declarationsOf(scope, ofWinner);
      for (const difference of ofWinner) {
        const { row, tracked } = difference;
        const declaration = declared.get(row);
        const isWinners = declaration?.fingerprint === tracked.fingerprint;
        properties.set(row, isWinners ? differing(difference, declaration, columns) : null);
      }
    },
    { concurrency: 8 },
  );
  return { properties, unread: unread.sort()[0] ?? null };
}

function differing(
  { copies, shared, guest }: RowDifference,
  declaration: Declaration,
  columns: readonly string[] | null,
): readonly string[] {
  const compared = guest ? [] : columns; // and those that are declared
  const ofCopies = copies.map(copy => differingContent(declaration, copy, compared));
  // Of rows that share a key in a user's table one must be right.
  if (shared && ofCopies.some(({ length }) => length === 0)) return [];
  return [...new Set(ofCopies.flat())].sort();
}

/** Returns the names of the extra labels (`:Name`) and properties that aren't as declared, sorted. */
function differingContent(
  { values, labels: declared = [] }: Declaration,
  { properties, labels }: StoredContent,
  columns: readonly string[] | null,
): string[] {
  const differing = [
    ...labels.filter(label => !declared.includes(label)),
    ...declared.filter(label => !labels.includes(label)),
  ];
  return [...differing.map(label => `:${label}`), ...differingProperties(values, properties, columns)].sort();
}

async function declarationsOf(
  scope: Scope,
  differences: readonly RowDifference[],
): Promise<ReadonlyMap<string, Declaration>> {
  const [first] = differences as [RowDifference];
  const { winner } = first.tracked;
  const rows = new Set(differences.map(({ row }) => row));
  try {
    return (await inTime(signal => readAccepted(scope, winner, { only: rows, signal }), READ_MS))?.rows ?? new Map();
  } catch (error) {
    // One file that can't be read concerns its own rows: they are told as undecided, or without names.
    if (!(error instanceof RejectedObjectError))
      scope.log({ level: 'warn', event: 'winner-unread', scope: scope.name, key: winner.key, error: String(error) });
    return new Map();
  }
}
