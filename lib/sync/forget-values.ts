import { moveRoot } from '../commit/maintenance.ts';
import type { Ready } from '../commit/ready.ts';
import { MAINTENANCE_ROWS } from '../neo4j/statements/statement.ts';
import type { Scope } from '../scope.ts';
import { decodeManifestRow, withoutFingerprint } from '../state/manifest-row.ts';
import { decodeObject, encodeObject, type ObjectEntry } from '../state/object-entry.ts';
import { encodeRoot, type Root } from '../state/root.ts';
import { editTree, scan } from '../state/tree.ts';

/**
 * Notes which rows are not going to be in the graph as an earlier definition declared them: those of objects that the present
 * one rejects (so their entry is another source's), in tables of which something is about to be cleared. With the earlier
 * definition they are then written again, although the object is the same.
 *
 * @param tags the tables, as manifests name them
 */
export async function forgetValues(scope: Scope, start: Ready, from: Root, tags: ReadonlySet<string>): Promise<Ready> {
  const reader = scope.nodes.stage();
  let [ready, root] = [start, from];
  let stage = scope.nodes.stage();
  const edits = new Map<string, string>();
  const manifests: string[] = [];
  let rows = 0;
  const move = async (): Promise<void> => {
    const objects = await editTree(stage, root.objects, edits);
    root = { ...root, objects };
    const stored = encodeRoot(root);
    if (edits.size === 0 || stored === null) return;
    await scope.head.renew(ready.epoch, scope.limits.leaseMs);
    const nodes = stage.needed([objects, ...manifests]);
    ready = await moveRoot(scope, ready, { next: stored.hash, nodes: [...nodes, stored], statements: [] });
    stage.remember(nodes);
    stage = scope.nodes.stage();
    edits.clear();
    manifests.length = 0;
    rows = 0;
  };
  const change = async (id: string, entry: ObjectEntry, changes: ReadonlyMap<string, string>): Promise<ObjectEntry> => {
    // From now on it is read by no source, so whichever comes looks at it again.
    const changed = { ...entry, source: '', manifest: await editTree(stage, entry.manifest, changes) };
    edits.set(id, encodeObject(changed));
    manifests.push(changed.manifest);
    rows += changes.size + 1;
    if (rows >= MAINTENANCE_ROWS) await move();
    return changed;
  };
  for await (const page of scan(reader, from.objects)) {
    await scope.head.renew(ready.epoch, scope.limits.leaseMs);
    for (const [id, text] of page) {
      let entry = decodeObject(text);
      if (entry.source === scope.sourceOf(entry.key)?.fingerprint) continue;
      let changes = new Map<string, string>();
      for await (const part of scan(reader, entry.manifest)) {
        for (const [row, it] of part) {
          const forgotten = withoutFingerprint(it);
          if (forgotten !== it && tags.has(decodeManifestRow(it).tag)) changes.set(row, forgotten);
        }
        if (changes.size < MAINTENANCE_ROWS) continue;
        entry = await change(id, entry, changes);
        changes = new Map();
      }
      if (changes.size > 0) await change(id, entry, changes);
    }
  }
  await move();
  return ready;
}
