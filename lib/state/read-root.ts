import { decodeRoot, EMPTY_ROOT, isOfThisForm, type Root } from './root.ts';
import { EMPTY } from './tree.ts';
import { MissingNodeError, type TreeNodes } from './tree-nodes.ts';

/** Reads a root by its hash. @throws MissingNodeError also for a root of an earlier form: none of its nodes is of use */
export async function readRoot({ nodes }: { readonly nodes: TreeNodes }, hash: string): Promise<Root> {
  if (hash === EMPTY) return EMPTY_ROOT;
  const text = (await nodes.get([hash])).get(hash) ?? '';
  if (!isOfThisForm(text)) throw new MissingNodeError(nodes.scope, hash);
  return decodeRoot(text);
}
