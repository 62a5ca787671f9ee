import type { AppliedTable } from '../definition/applied-table.ts';
import { type Ends, endsRow, keyedRow } from '../definition/declaration.ts';
import { tableId, tablePattern } from '../definition/definition.ts';
import { GraphdropError } from '../errors.ts';
import { knownTables } from '../reconcile/known-tables.ts';
import type { Scope } from '../scope.ts';
import type { Root } from '../state/root.ts';
import { type KeyValue, toKeyValue } from '../values/value.ts';

/** A row as a person names it. */
export interface AskedRow {
  /** A node's label or an edge's type. */
  readonly name: string;
  /** The key, of a node or of an edge that has one of its own; text: also the number or truth value that it spells. */
  readonly key?: KeyValue;
  /** The keys of an edge's two nodes, where it has none of its own. */
  readonly ends?: Ends;
}

/** A row that may be meant. */
export interface Candidate {
  readonly row: string;
  readonly table: AppliedTable;
  readonly id: string;
  readonly key: KeyValue | undefined;
  readonly ends: Ends | undefined;
}

/** What was asked for can't be a row of this scope. */
export class UnknownTableError extends GraphdropError {
  readonly code = 'UNKNOWN_TABLE';
}

/** Lists the rows that may be meant. @throws UnknownTableError where no table has the name, or not enough is said */
export function candidatesOf(scope: Scope, root: Root, { name, key, ends }: AskedRow): Candidate[] {
  const tables = [...knownTables(root, scope.tables).values()];
  const named = tables.filter(table => (table.kind === 'node' ? table.label : table.type) === name);
  if (named.length === 0) {
    const known = tables.map(tablePattern).join(', ');
    throw new UnknownTableError(
      `${scope.name} has no label or relationship type ${JSON.stringify(name)}; it has ${known}`,
    );
  }
  const found = named.flatMap((table): Candidate[] => {
    const id = tableId(table);
    const keyed = key === undefined ? [] : spellings(key);
    const between = table.kind === 'relation' && ends !== undefined ? spelledEnds(ends) : [];
    return [
      ...keyed.map(one => ({ row: keyedRow(id, one), table, id, key: one, ends: undefined })),
      ...between.map(both => ({ row: endsRow(id, both), table, id, key: undefined, ends: both })),
    ];
  });
  if (found.length > 0) return found;
  throw new UnknownTableError(
    `say which ${name}: the key of a node, or of an edge that has one; else the keys of the nodes that the edge goes from and to`,
  );
}

function spelledEnds({ from, to }: Ends): Ends[] {
  return spellings(from).flatMap(one => spellings(to).map(other => ({ from: one, to: other })));
}

/** Lists the keys that a text may be: a person who types 7 may mean the number or the text. */
function spellings(key: KeyValue): KeyValue[] {
  if (typeof key !== 'string') return [toKeyValue(key)];
  if (/^-?\d{1,18}$/.test(key)) return [toKeyValue(BigInt(key)), key];
  if (key === 'true' || key === 'false') return [key === 'true', key];
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(key)) return [toKeyValue(Number(key)), key];
  return [key];
}
