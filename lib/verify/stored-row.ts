/** What a row of the graph says, in the form in which a row that is declared is fingerprinted. */
import neo4j, { type DateTime } from 'neo4j-driver';
import { type Ends, fingerprintOf } from '../graph/declaration.ts';
import { type Value, valueText } from '../graph/value.ts';
import { fromProperty } from '../neo4j/parameter.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** Values of one row that may have been either of two, for which all possibilities are tried. */
const MAX_UNSURE = 8;

/**
 * Whether the properties are those that a fingerprint was taken of. Exact: of each value the graph gives back all that
 * its canonical text says. Three kinds may have been either of two: a list of numbers a vector or not, 0.0 or -0.0 the other
 * (the server holds them for equal, and leaves what is there), and a datetime of offset 0 one in the zone UTC (the HTTP API
 * tells no difference).
 */
export function hasFingerprint(
  fingerprint: string,
  properties: Properties,
  ends: Ends | undefined,
  version: string,
): boolean {
  const names = Object.keys(properties)
    .filter(name => properties[name] !== null)
    .sort();
  const texts = names.map(name => [name, textsOf(properties[name])] as const);
  // Datetimes last: there may be many, and by Bolt they are told.
  const unsure = texts
    .filter(([, { length }]) => length > 1)
    .sort(([a], [b]) => Number(isMoment(properties[a])) - Number(isMoment(properties[b])))
    .slice(0, MAX_UNSURE);
  for (let choice = 0; choice < 2 ** unsure.length; choice += 1) {
    const chosen = texts.map(([name, [first = '', second = first]]): [string, string] => {
      const index = unsure.findIndex(([other]) => other === name);
      return [name, index >= 0 && (choice >> index) & 1 ? second : first];
    });
    if (fingerprintOf(chosen, ends, version) === fingerprint) return true;
  }
  return false;
}

/** Names of the properties that aren't as declared, sorted. */
export function differingProperties(
  declared: Readonly<Record<string, Value | null>>,
  properties: Properties,
  columns: readonly string[] | null,
): string[] {
  const names = new Set([...Object.keys(declared), ...(columns ?? Object.keys(properties))]);
  return [...names]
    .filter(name => {
      const [wanted, stored] = [declared[name] ?? null, properties[name] ?? null];
      if (wanted === null || stored === null) return wanted !== stored;
      return !textsOf(stored).includes(valueText(wanted));
    })
    .sort();
}

/** Canonical texts that the value of a property may have had. */
function textsOf(property: unknown): string[] {
  const value = fromProperty(property);
  if (value === undefined) return ['?']; // of a type that nothing of ours is stored as
  const texts = [valueText(value)];
  if (value === 0) texts.push(valueText(-value));
  if (isMoment(value) && value.timeZoneId == null && Number(value.timeZoneOffsetSeconds) === 0)
    texts.push(`${texts[0]}[UTC]`);
  if (Array.isArray(value) && value.length > 0 && value.every(isFloat32)) {
    texts.push(valueText(Float32Array.from(value as readonly number[])));
  }
  return texts;
}

function isMoment(value: unknown): value is DateTime {
  return typeof value === 'object' && value !== null && neo4j.isDateTime(value);
}

/** Of a float32 all digits, or (by tx/commit) no more than it takes to tell it from others. */
function isFloat32(value: Value): boolean {
  return typeof value === 'number' && (Object.is(Math.fround(value), value) || Number(value.toPrecision(9)) === value);
}
