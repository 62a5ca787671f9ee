import { packValue, unpackValue } from '../values/packed-value.ts';
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

/** @param tables by number; a new one is added */
export function packDeclaration(declaration: Declaration, tables: string[]): PackedDeclaration {
  const { table, row, fingerprint, key, ends, values, version, labels } = declaration;
  if (!tables.includes(table)) tables.push(table);
  const names = Object.keys(values);
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
    values: Object.fromEntries(names.map((name, i) => [name, unpackValue(values[i])])),
    ...(labels !== undefined && { labels }),
    version,
  };
}
