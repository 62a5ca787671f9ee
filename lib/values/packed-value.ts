/** Values as V8 can write and read them (`node:v8`): it knows all of their classes but the driver's. */
import neo4j from 'neo4j-driver';
import { markOf } from './driver-class.ts';
import type { Value } from './value.ts';

/** An instance of one of the driver's classes: no other value is a plain object. */
interface Packed {
  readonly of: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const { types } = neo4j;
const { LocalTime, Time, LocalDateTime, DateTime, Duration, Point, Integer } = types;

/** Prototypes by the mark that each class of the driver has, in whichever copy of it. */
const PROTOTYPES: ReadonlyMap<string | undefined, object> = new Map(
  [types.Date, LocalTime, Time, LocalDateTime, DateTime, Duration, Point, Integer].map(({ prototype }) => [
    markOf(prototype),
    prototype,
  ]),
);

export function packValue(value: Value | null): unknown {
  return pack(value);
}

/** Reads what {@link packValue} made. */
export function unpackValue(packed: unknown): Value | null {
  return unpack(packed) as Value | null;
}

function pack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(pack);
  const of = markOf(Object.getPrototypeOf(value) as object);
  if (of === undefined || !PROTOTYPES.has(of)) throw new RangeError(`no value of a row: ${value.constructor.name}`);
  return { of, fields: mapFields(value, pack) } satisfies Packed;
}

function unpack(packed: unknown): unknown {
  if (typeof packed !== 'object' || packed === null || ArrayBuffer.isView(packed)) return packed;
  if (Array.isArray(packed)) return packed.map(unpack);
  const { of, fields } = packed as Packed;
  return Object.assign(Object.create(PROTOTYPES.get(of) ?? null) as object, mapFields(fields, unpack));
}

function mapFields(fields: object, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
}
