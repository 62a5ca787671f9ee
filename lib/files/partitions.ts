import type { SourceRecord } from './file-format.ts';
import type { GraphElement } from './graph/graph-element.ts';

/** What Hive, Spark and Athena write for a null in a folder's name. */
const NULL = '__HIVE_DEFAULT_PARTITION__';

type Fields = Readonly<Record<string, unknown>>;

/** Returns the columns that the folders of a key tell (`dt=2026-11-01/region=EU%2FNorth/`), decoded; one that is null is left out. */
export function partitionsOf(key: string): Readonly<Record<string, string>> {
  const columns = key
    .split('/')
    .slice(0, -1)
    .flatMap((folder): [string, string][] => {
      const at = folder.indexOf('=');
      return at < 1 ? [] : [[decoded(folder.slice(0, at)), decoded(folder.slice(at + 1))]];
    });
  return Object.fromEntries(columns.filter(([name, value]) => value !== NULL && name !== '__proto__'));
}

/** As Hive writes it, whatever is no code stands for itself. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, codes => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}

/** Adds partition columns to a record, to the properties of a node or relationship; one that it has otherwise makes it none. */
export function withPartitions(record: SourceRecord, columns: Readonly<Record<string, string>>): SourceRecord {
  const { value } = record;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return record;
  const element = isElement(value) ? value : undefined;
  const fields = (element?.properties ?? value) as Fields;
  const other = Object.keys(columns).find(name => hasOther(fields[name], columns[name] as string));
  if (other !== undefined) {
    const fault = `${other} is ${String(fields[other])} in the record, and ${columns[other]} in the object's key`;
    return { fault, ...record };
  }
  const missing = Object.fromEntries(Object.entries(columns).filter(([name]) => !isGiven(fields[name])));
  const filled = { ...fields, ...missing };
  return { ...record, value: element === undefined ? filled : { ...element, properties: filled } };
}

function isElement(value: object): value is GraphElement {
  const { kind, properties } = value as Partial<GraphElement>;
  return (kind === 'node' || kind === 'relationship') && typeof properties === 'object';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function hasOther(own: unknown, column: string): boolean {
  return isGiven(own) && String(own) !== column;
}
