import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { EMPTY } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { rootAt, UnknownRootError } from './history.ts';
import { diffRoots } from './root-diff.ts';
import { type TableChanges, tableChanges } from './table-changes.ts';

/** What changed in the graph between two roots. */
export interface GraphDiff {
  readonly scope: string;
  readonly from: string;
  readonly to: string;
  readonly tables: Readonly<Record<string, TableChanges>>;
}

/** Which roots to compare: a root's hash, or a time in ms since 1970. */
export type RootName = string | number;

/**
 * Tells what changed in the graph between two roots, by tracked state.
 *
 * @param to default: the root in force
 * @param samples rows that are told of each kind
 * @throws UnknownRootError where one isn't retained any more
 */
export async function graphDiff(scope: Scope, from: RootName, to?: RootName, samples = 10): Promise<GraphDiff> {
  const [before, after] = [await named(scope, from), await named(scope, to)];
  try {
    const nodes = scope.nodes.stage();
    const steps = await diffRoots(nodes, await readRoot(scope, before), await readRoot(scope, after));
    return { scope: scope.name, from: before, to: after, tables: tableChanges(steps.values(), samples) };
  } catch (error) {
    if (!(error instanceof MissingNodeError)) throw error;
    throw new UnknownRootError(
      `${scope.name}: root ${before || '(empty)'} or ${after || '(empty)'} isn't kept any more: ${error.message}; graphdrop status lists the last roots`,
      { cause: error },
    );
  }
}

async function named(scope: Scope, name: RootName | undefined): Promise<string> {
  if (name === undefined) return (await scope.head.read())?.root ?? EMPTY;
  return typeof name === 'string' ? name : await rootAt(scope, name);
}
