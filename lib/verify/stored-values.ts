/** Compares values that the graph has with values that rows declare. */
import { fieldText, fingerprintOf } from '../definition/declaration.ts';
import { fromProperty } from '../neo4j/statements/parameter.ts';
import type { TrackedRow } from '../state/tracked-rows.ts';
import { typeOf, valueText } from '../values/column-types.ts';
import type { Value } from '../values/value.ts';
import type { Properties } from './stored-row.ts';

/** Readings of one row of which the fingerprint is taken. */
const MAX_READINGS = 256;

/** What a value of the graph may have been declared as. */
interface Reading {
  /** Canonical texts: one, or two of which the first is the likely one. */
  readonly texts: readonly string[];
  /** Its type's name: values of one type mostly have one reading. */
  readonly type: string;
  /** Whether it can have been declared as no other text. */
  readonly complete: boolean;
}

/**
 * Compares what the graph has with the fingerprint of a row. `unsure`: the row has too many values of two readings to try them all.
 *
 * @param isVector whether a column holds vectors, as far as the definition tells: then that reading is tried first
 * @param labels the extra labels that the graph has of it, sorted
 */
export function compareFingerprint(
  { fingerprint, ends, version }: Pick<TrackedRow, 'fingerprint' | 'ends' | 'version'>,
  properties: Properties,
  isVector: (name: string) => boolean,
  labels: readonly string[] = [],
): 'same' | 'different' | 'unsure' {
  const names = Object.keys(properties)
    .filter(name => properties[name] !== null)
    .sort();
  const readings = names.map(name => readingOf(properties[name], isVector(name)));
  const open = readings.filter(({ texts }) => texts.length > 1);
  let tried = 0;
  for (const isSecond of guesses(open.map(({ type }) => type))) {
    if (tried === MAX_READINGS) return 'unsure';
    tried += 1;
    let next = 0;
    const texts = readings.map(({ texts: [first = '', second] }, index) => {
      const text = second !== undefined && isSecond(next++) ? second : first;
      return fieldText(names[index] as string, text);
    });
    if (fingerprintOf(texts.join(''), ends, version, labels) === fingerprint) return 'same';
  }
  return tried === 2 ** open.length && readings.every(({ complete }) => complete) ? 'different' : 'unsure';
}

/**
 * Guesses which of some values have their second reading: every combination where they are few, else those in which all values
 * of a type have the same reading, but for two at most.
 */
function* guesses(types: readonly string[]): Generator<(index: number) => boolean> {
  if (2 ** types.length <= MAX_READINGS) {
    for (let bits = 0; bits < 2 ** types.length; bits += 1) yield index => ((bits >> index) & 1) === 1;
    return;
  }
  const present = [...new Set(types)];
  const bases = Array.from({ length: 2 ** present.length }, (_, bits) => {
    const second = new Set(present.filter((_type, index) => (bits >> index) & 1));
    return (index: number) => second.has(types[index] as string);
  });
  yield* bases;
  for (const base of bases)
    for (let one = 0; one < types.length; one += 1) yield index => base(index) !== (index === one);
  for (const base of bases)
    for (let one = 0; one < types.length; one += 1)
      for (let other = 0; other < one; other += 1) yield index => base(index) !== (index === one || index === other);
}

/** Returns the names of the properties that aren't as declared, sorted. */
export function differingProperties(
  declared: Readonly<Record<string, Value | null>>,
  properties: Properties,
  columns: readonly string[] | null,
): string[] {
  const names = new Set([...Object.keys(declared), ...(columns ?? Object.keys(properties))]);
  return [...names]
    .filter(name => {
      const [wanted, stored] = [declared[name] ?? null, properties[name] ?? null];
      return wanted === null || stored === null ? wanted !== stored : !mayBe(stored, wanted);
    })
    .sort();
}

/** Whether a property may be a declared value. */
function mayBe(property: unknown, declared: Value): boolean {
  if (readingOf(property, false).texts.includes(valueText(declared))) return true;
  if (!Array.isArray(property) || !Array.isArray(declared) || property.length !== declared.length) return false;
  // Of a list, each datetime has its own reading; zeros are told apart.
  return declared.every((value: Value, index) => typeof value === 'object' && mayBe(property[index], value));
}

function readingOf(property: unknown, vectorFirst: boolean): Reading {
  const value = fromProperty(property);
  if (value === undefined) return { texts: ['?'], type: '', complete: true }; // of a type that no row has
  const { name, stored } = typeOf(value);
  const texts = [stored.text(value), ...(stored.alike?.(value) ?? [])];
  if (!Array.isArray(value)) return { texts, type: name, complete: true };
  const elements = value.map(alikeOf);
  const several = elements.filter(alike => alike !== undefined).length;
  if (several > 0) texts.push(`[${value.map((each: Value, index) => elements[index] ?? valueText(each)).join(',')}]`);
  return { texts: vectorFirst ? texts.reverse() : texts, type: name, complete: several < 2 };
}

/** Returns the other reading of a list's element, where it has one. Zeros of a list are told apart: an update stores them. */
function alikeOf(value: Value): string | undefined {
  return typeof value === 'object' ? typeOf(value).stored.alike?.(value)[0] : undefined;
}
