import { packValue, unpackValue } from '../values/packed-value.ts';
import type { Value } from '../values/value.ts';
import type { Declaration } from './declaration.ts';

/** A declaration as V8 can write and read it (`node:v8`), its table by number. */
export type PackedDeclaration = [
  table: number,
  row: string,
  fingerprint: string,
  key: Declaration['key'],
  ends: [Declaration['key'], Declaration['key']] | null,
  version: string,
  names: string[],
  values: unknown[],
  labels?: readonly string[],
];

/**
 * @param tables by number; a new one is added
 * @param before what was packed before it: V8 writes a list that both have once
 */
export function packDeclaration(
  declaration: Declaration,
  tables: string[],
  before?: PackedDeclaration,
): PackedDeclaration {
  const { table, row, fingerprint, key, ends, values, version, labels } = declaration;
  if (!tables.includes(table)) tables.push(table);
  const names = namesOf(values, before?.[NAMES] ?? []);
  const packed: PackedDeclaration = [
    tables.indexOf(table),
    row,
    fingerprint,
    key,
    ends === undefined ? null : [ends.from, ends.to],
    version,
    names,
    names.map(name => packValue(values[name] ?? null)),
  ];
  if (labels !== undefined) packed.push(labels);
  return packed;
}

const NAMES = 6;

/** Returns the names of values: the list of others, where they are the same. */
function namesOf(values: Declaration['values'], others: string[]): string[] {
  let place = 0;
  for (const name in values) {
    if (others[place] !== name) return Object.keys(values);
    place += 1;
  }
  return place === others.length ? others : Object.keys(values);
}

function valuesOf(names: readonly string[], packed: readonly unknown[]): Declaration['values'] {
  const values: Record<string, Value | null> = {};
  for (let i = 0; i < names.length; i += 1) values[names[i] as string] = unpackValue(packed[i]);
  return values;
}

/** Reads what {@link packDeclaration} made. */
export function unpackDeclaration(
  [table, row, fingerprint, key, ends, version, names, values, labels]: PackedDeclaration,
  tables: readonly string[],
): Declaration {
  return {
    table: tables[table] ?? '',
    row,
    fingerprint,
    key,
    ...(ends !== null && { ends: { from: ends[0], to: ends[1] } }),
    values: valuesOf(names, values),
    ...(labels !== undefined && { labels }),
    version,
  };
}
