import neo4j from 'neo4j-driver';

const HALF = 32n;

/**
 * An integer as the driver packs it. Of a bigint the driver makes a text, of that its own form, and to see how many bytes it takes it makes
 * others to compare it with, which costs more than all else about a row.
 */
class PackedInteger extends neo4j.Integer {
  readonly #value: bigint;

  constructor(value: bigint) {
    super(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> HALF)));
    this.#value = value;
  }

  override greaterThanOrEqual(other: number): boolean {
    return this.#value >= other;
  }

  override lessThan(other: number): boolean {
    return this.#value < other;
  }
}

/** Returns a value with its integers, at any depth of lists and maps, as they are packed fastest; without any the value itself. */
export function withIntegers<T>(value: T): T {
  return inForm(value) as T;
}

function inForm(value: unknown): unknown {
  if (typeof value === 'bigint') return new PackedInteger(value);
  if (Array.isArray(value)) return listInForm(value);
  return isMap(value) ? mapInForm(value) : value;
}

function listInForm(list: readonly unknown[]): readonly unknown[] {
  // A vector: the driver takes an integer among floats, too.
  if (typeof list[0] === 'number') return list;
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i += 1) {
    const item = list[i];
    if (typeof item !== 'bigint' && typeof item !== 'object') continue;
    const formed = inForm(item);
    if (formed === item) continue;
    copy ??= list.slice();
    copy[i] = formed;
  }
  return copy ?? list;
}

function mapInForm(map: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const name in map) {
    const formed = inForm(map[name]);
    if (formed === map[name]) continue;
    copy ??= { ...map };
    copy[name] = formed;
  }
  return copy ?? map;
}

/** Whether a value is a map of properties: others are the driver's own, such as dates. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
