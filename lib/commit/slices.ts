import type { AppliedTable } from '../definition/applied-table.ts';
import { endpointTableId } from '../definition/definition.ts';
import { declaredKeys } from '../reconcile/batch.ts';
import type { ObjectEdit } from '../reconcile/object-diff.ts';
import type { NodeStage } from '../state/node-stage.ts';
import type { TableState } from '../state/root.ts';
import { type KeyValue, keyText } from '../values/value.ts';

/** Ends that are named. */
const MAX_NAMED = 20;

/** Ends of an object's edges that no file declares: the graph has them as stubs, which came with these edges. */
export interface UndeclaredEnds {
  readonly count: number;
  /** The first in the order of text, as `Person ann`. */
  readonly first: readonly string[];
}

/** What applying an object took away and brought. */
export interface Effect {
  /** Rows that it no longer declares. */
  readonly removed: number;
  /** Undefined: none. */
  readonly ends: UndeclaredEnds | undefined;
}

/** Sums up what the batches of a call did for each object. */
export class Slices {
  /** Stubs that the batch under way makes: by table, what tells of each by the text of its key. */
  stubs: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();
  readonly #effects = new Map<string, Effect>();

  /** Adds what a batch did. @returns what was done for the object until now */
  add(edit: Pick<ObjectEdit, 'key' | 'rows'>, tables: ReadonlyMap<string, AppliedTable>): Effect {
    const before = this.#effects.get(edit.key);
    let removed = before?.removed ?? 0;
    for (const { after } of edit.rows.values()) if (after === undefined) removed += 1;
    const effect = { removed, ends: added(before?.ends, this.#endsOf(edit, tables)) };
    this.#effects.set(edit.key, effect);
    return effect;
  }

  #endsOf({ rows }: Pick<ObjectEdit, 'rows'>, tables: ReadonlyMap<string, AppliedTable>): string[] {
    if (this.stubs.size === 0) return [];
    const names = new Set<string>();
    for (const { table, after } of rows.values()) {
      const relation = tables.get(table);
      if (after?.ends === undefined || relation?.kind !== 'relation') continue;
      for (const [end, key] of [
        [relation.from, after.ends.from],
        [relation.to, after.ends.to],
      ] as const) {
        const name = this.stubs.get(endpointTableId(end))?.get(keyText(key));
        if (name !== undefined) names.add(`${end.label} ${name}`);
      }
    }
    return [...names].sort();
  }
}

/**
 * Returns what tells of nodes that no file declares: the key, and where a file declares one that looks like it and is of another type,
 * as 101 and "101" in a table without a schema, that too.
 */
export async function namesOfStubs(
  stage: NodeStage,
  table: string,
  state: TableState | undefined,
  keys: readonly KeyValue[],
): Promise<Map<string, string>> {
  const twins = new Map(keys.flatMap(key => (twinOf(key) === undefined ? [] : [[key, twinOf(key) as KeyValue]])));
  const declared = await declaredKeys(stage, table, state, [...twins.values()]);
  return new Map(
    keys.map(key => {
      const twin = twins.get(key);
      const hint =
        twin !== undefined && declared.has(twin) ? ` (the ${typeOf(key)}; a file declares the ${typeOf(twin)})` : '';
      return [keyText(key), `${key}${hint}`];
    }),
  );
}

function typeOf(key: KeyValue): string {
  return typeof key === 'string' ? 'text' : typeof key === 'boolean' ? 'boolean' : 'number';
}

/** Returns the key of another type that has the same text. */
function twinOf(key: KeyValue): KeyValue | undefined {
  if (typeof key !== 'string') return String(key);
  return /^(0|-?[1-9]\d{0,17})$/.test(key) ? BigInt(key) : undefined;
}

function added(before: UndeclaredEnds | undefined, names: readonly string[]): UndeclaredEnds | undefined {
  if (names.length === 0) return before;
  const first = [...(before?.first ?? []), ...names].slice(0, MAX_NAMED);
  return { count: (before?.count ?? 0) + names.length, first };
}
