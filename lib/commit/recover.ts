/** What a worker does after its lease, where the database isn't what the state says, and before a scope's first batch. */
import { checkClaims, noteSchema, takeClaims } from '../neo4j/fence/claims.ts';
import { noteAdopted, noteTables } from '../neo4j/fence/noted-tables.ts';
import { createFence } from '../neo4j/fence/stamp-fence.ts';
import { applySchema } from '../neo4j/schema/apply-schema.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { EMPTY } from '../state/tree.ts';
import { agreedRoot, type Lease } from './lease.ts';
import { type Ready, readyAt } from './ready.ts';
import { recoverRoot } from './recover-root.ts';
import { recoverTables } from './recover-tables.ts';

/**
 * Finds out by the fence whether the last batch committed and sets head right. Where the database was restored, wiped or
 * handed over, takes what it holds for the truth, and brings its tables, schema and claims to the definition.
 *
 * @throws ClaimError, SchemaError, StaleFenceError, LeaseLostError
 */
export async function recover(scope: Scope, lease: Lease): Promise<Ready> {
  const ready = await (isFirst(lease) ? begin(scope, lease) : resume(scope, lease));
  return await withTables(scope, ready);
}

/**
 * Begins the tracked state anew, where it turns out to lack nodes: everything counts as unknown, and a resync applies all
 * files again to the graph as it is.
 */
export async function recoverFromFiles(scope: Scope, lease: Lease): Promise<Ready> {
  return await withTables(scope, await replaceRoot(scope, lease, false));
}

async function withTables(scope: Scope, ready: Ready): Promise<Ready> {
  return ready.tolerant ? await recoverTables(scope, ready, await readRoot(scope, ready.root)) : ready;
}

/** Whether the scope has had no batch. Also where there is a fence: its maker may have died before the rest was there. */
function isFirst({ head, fence }: Lease): boolean {
  const isNew = head.root === EMPTY && head.pending === null && head.resync === null;
  return isNew && (fence?.root ?? EMPTY) === EMPTY;
}

async function resume(scope: Scope, lease: Lease): Promise<Ready> {
  const root = await agreedRoot(lease);
  return root === null ? await replaceRoot(scope, lease, true) : readyAt(lease.head, lease.epoch, root);
}

/** Makes what the first batch needs: constraints, indexes, fence and claims. */
async function begin(scope: Scope, lease: Lease): Promise<Ready> {
  const { stamp, fence } = lease;
  const { graph } = scope.connection;
  const adopted = await checkClaims(graph, scope.name, scope.definition);
  if (adopted.length > 0) {
    if (fence === null) await createFence(graph, stamp, EMPTY);
    await noteAdopted(graph, stamp, adopted);
    return await replaceRoot(scope, lease, false);
  }
  const { own } = await applySchema(graph, stamp, scope.definition);
  if (fence === null) await createFence(graph, stamp, EMPTY);
  await takeClaims(graph, stamp, scope.definition);
  await noteTables(graph, stamp, scope.definition);
  await noteSchema(graph, stamp, own);
  return readyAt(lease.head, lease.epoch, EMPTY);
}

async function replaceRoot(scope: Scope, { head, epoch, stamp, fence }: Lease, keepRoot: boolean): Promise<Ready> {
  const { root, hasUntrackedRows } = await recoverRoot(scope, stamp, fence, keepRoot);
  return readyAt(
    { resync: epoch, resyncBegun: null, hasUntrackedRows: hasUntrackedRows || head.hasUntrackedRows },
    epoch,
    root,
  );
}
