/** One text for each value that a property can have: equal texts, equal values; integers and floats are never equal. */
import { type Column, VectorSchema } from './graphdrop.ts';

/** Text of a value that the graph holds, as the driver gives it with `useBigInt`. */
export function textOfStored(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return float(value);
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (value instanceof Int8Array || value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(textOfStored).join(', ')}]`;
  return `${(value as object).constructor.name} ${value}`;
}

/** Text of a value as a column would hold it; null: none. @throws if the column can't hold it */
export function textOf(given: unknown, column: Column | undefined, isVector = false): string | null {
  if (given === null || given === undefined) {
    if (column !== undefined && !column.nullable) throw new Error('has no value for a column that needs one');
    return null;
  }
  const value = column?.encoder === undefined ? given : column.encoder(given);
  if (isVector || column?.type instanceof VectorSchema) {
    return `[${Array.from(value as number[], item => float(Math.fround(item))).join(', ')}]`;
  }
  return typed(value, (column?.type as string | undefined) ?? 'ANY');
}

/** A primary key's value as its column has it: texts that are exactly a number are one where the column has numbers. */
export function keyValue(given: unknown, column: Column | undefined): unknown {
  const value = column?.encoder === undefined ? given : column.encoder(given);
  const type = (column?.type as string | undefined) ?? 'ANY';
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && type !== 'FLOAT')
    throw new Error(`${value} may have lost digits`);
  const { wanted, numeral, make } = KEYS[type] ?? KEYS.ANY;
  if (typeof value === 'string' && numeral?.test(value)) return make?.(value);
  if (!wanted.includes(typeof value)) throw new Error(`got ${String(value)} for a key of type ${type}`);
  if (type === 'INTEGER' && typeof value === 'number' && !Number.isInteger(value)) throw new Error(`got ${value}`);
  return value;
}

interface KeyRule {
  readonly wanted: readonly string[];
  readonly numeral?: RegExp;
  readonly make?: (text: string) => unknown;
}

const KEYS: { readonly [type: string]: KeyRule; readonly ANY: KeyRule } = {
  ANY: { wanted: ['string', 'number', 'bigint', 'boolean'] },
  STRING: { wanted: ['string'] },
  BOOLEAN: { wanted: ['boolean'] },
  INTEGER: { wanted: ['number', 'bigint'], numeral: /^-?\d+$/, make: BigInt },
  FLOAT: { wanted: ['number', 'bigint'], numeral: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/, make: Number },
};

/** Text of a primary key's value: integral numbers are integers. */
export function keyText(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return float(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(BigInt(value));
  return JSON.stringify(value);
}

function typed(value: unknown, type: string): string {
  if (type === 'ANY') return any(value);
  if (type === 'STRING' && typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (type === 'BOOLEAN' && typeof value === 'boolean') return String(value);
  if (type === 'INTEGER' && (typeof value === 'bigint' || Number.isSafeInteger(value)))
    return String(BigInt(value as number));
  if (type === 'FLOAT' && typeof value === 'number') return float(value);
  if (type === 'DATE' && typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return `Date ${value}`;
  if (type === 'JSON') return JSON.stringify(json(value));
  const element = /^LIST<(.+)>$/.exec(type)?.[1];
  if (element !== undefined && Array.isArray(value)) return `[${value.map(item => typed(item, element)).join(', ')}]`;
  throw new Error(`got ${JSON.stringify(value)} for a column of type ${type}`);
}

function any(value: unknown): string {
  if (typeof value === 'number')
    return Number.isInteger(value) && !Object.is(value, -0) ? String(BigInt(value)) : float(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every(item => typeof item !== 'object')) return list(value);
  return JSON.stringify(json(value));
}

/** A list of one type; of integers and floats all are floats. */
function list(items: readonly unknown[]): string {
  const texts = items.map(any);
  const mixed = items.every(item => typeof item === 'number') && texts.some(text => text.includes('.'));
  return `[${(mixed ? items.map(item => float(item as number)) : texts).join(', ')}]`;
}

function float(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

/** JSON with sorted keys. */
function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${json(item)}`).join(',')}}`;
}
