import { ContentError } from '../graph/record-reader.ts';
import { describeValue } from './describe-value.ts';

/** Makes a value of a cell's text. @throws ContentError without a line */
export type TextType = (text: string) => unknown;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INSTANT = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?$/;

/** The scalar types that neo4j-admin's and Neptune's headers name, in lower case. Integers are bigints. */
export const textTypes: Readonly<Record<string, TextType>> = {
  string: text => text,
  char: text => ([...text].length === 1 ? text : refused(text, 'one character')),
  // Only the text `true` is true, in both formats.
  boolean: text => text === 'true',
  byte: integer(8n),
  short: integer(16n),
  int: integer(32n),
  long: integer(64n),
  float: number,
  double: number,
  // What has no JavaScript type stays as it is written, for the column's encoder.
  date: text => text.trim(),
  localtime: text => text.trim(),
  time: text => text.trim(),
  localdatetime: text => text.trim(),
  duration: text => text.trim(),
  datetime: instant,
};

function integer(bits: bigint): TextType {
  const most = 2n ** (bits - 1n);
  return text => {
    const digits = text.trim();
    const value = /^[+-]?\d{1,19}$/.test(digits) ? BigInt(digits.replace('+', '')) : undefined;
    if (value === undefined || value < -most || value >= most) return refused(text, `an integer of ${bits} bits`);
    return value;
  };
}

export function number(text: string): number {
  const digits = text.trim();
  if (NUMBER.test(digits)) return Number(digits);
  const special: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };
  return (Object.hasOwn(special, digits) ? special[digits] : undefined) ?? refused(text, 'a number');
}

/** A date and time; without an offset it is UTC. */
export function instant(text: string): Date {
  const written = text.trim();
  const match = INSTANT.exec(written);
  const [, time, , , zone] = match ?? [];
  const local = written.slice(0, written.length - (zone?.length ?? 0)).replace(' ', 'T');
  const offset =
    zone === undefined || zone === 'Z'
      ? 'Z'
      : zone.replace(/^(...):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`);
  const date = new Date(match ? `${time === undefined ? `${local}T00:00` : local}${offset}` : '');
  return Number.isNaN(date.getTime()) ? refused(text, 'a date and time such as 2026-01-31T12:00:00Z') : date;
}

export function refused(text: string, expected: string): never {
  throw new ContentError(`got ${describeValue(text)}, expected ${expected}`);
}
