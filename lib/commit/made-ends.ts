import { keyedRow } from '../definition/declaration.ts';
import { type Batch, declaredKeys, type RestoredRow } from '../reconcile/batch.ts';
import type { NodeStage } from '../state/node-stage.ts';
import type { KeyValue } from '../values/value.ts';
import { namesOfStubs } from './slices.ts';

/** Ends of edges that a batch had to make. */
export interface MadeEnds {
  /** Those that files declare: they were deleted by hand. */
  readonly lost: readonly RestoredRow[];
  /** Names of the others, by table and key. */
  readonly stubs: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Tells what a batch had to make apart by what the tracked state that it leads to has. @param made keys by table */
export async function madeEnds(
  stage: NodeStage,
  { root }: Pick<Batch, 'root'>,
  made: ReadonlyMap<string, readonly unknown[]>,
): Promise<MadeEnds> {
  const lost: RestoredRow[] = [];
  const stubs = new Map<string, ReadonlyMap<string, string>>();
  for (const [table, keys] of made as ReadonlyMap<string, readonly KeyValue[]>) {
    const state = root.tables.get(table);
    const declared = await declaredKeys(stage, table, state, keys);
    for (const key of declared) lost.push({ table, row: keyedRow(table, key) });
    const others = keys.filter(key => !declared.has(key));
    if (others.length > 0) stubs.set(table, await namesOfStubs(stage, table, state, others));
  }
  return { lost, stubs };
}
