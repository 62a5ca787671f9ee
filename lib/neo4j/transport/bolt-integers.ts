import neo4j from 'neo4j-driver';

const HALF = 32n;
const TWO_32 = 2 ** 32;

/**
 * An integer in the driver's own form, which is compared as a number. A bigint costs more than all else about a row: the driver makes a text
 * of it, and of that an integer; then it makes others, to compare it with these and so find how many bytes it takes.
 */
class PackedInteger extends neo4j.Integer {
  /** Beyond 2^53 not exact, but on the right side of all that it is compared with. */
  get #number(): number {
    return this.high * TWO_32 + (this.low >>> 0);
  }

  override greaterThanOrEqual(other: number): boolean {
    return this.#number >= other;
  }

  override lessThan(other: number): boolean {
    return this.#number < other;
  }
}

/** Integers that rows have most. */
const SMALL: readonly PackedInteger[] = Array.from({ length: 1024 }, (_, value) => new PackedInteger(value, 0));

function packed(value: bigint): PackedInteger {
  const small = value >= 0n && value < SMALL.length ? SMALL[Number(value)] : undefined;
  return small ?? new PackedInteger(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> HALF)));
}

/** Returns a value with its integers, at any depth of lists and maps, as they are packed fastest; without any the value itself. */
export function withIntegers<T>(value: T): T {
  return inForm(value) as T;
}

function inForm(value: unknown): unknown {
  if (typeof value === 'bigint') return packed(value);
  if (Array.isArray(value)) return listInForm(value);
  return isMap(value) ? mapInForm(value) : value;
}

function listInForm(list: readonly unknown[]): readonly unknown[] {
  // A vector, to go through which would take longer than what an integer in it costs.
  if (typeof list[0] === 'number') return list;
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i += 1) {
    const item = list[i];
    if (typeof item !== 'bigint' && typeof item !== 'object') continue;
    const formed = inForm(item);
    if (Object.is(formed, item)) continue;
    copy ??= list.slice();
    copy[i] = formed;
  }
  return copy ?? list;
}

function mapInForm(map: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const name in map) {
    const formed = inForm(map[name]);
    if (Object.is(formed, map[name])) continue;
    copy ??= { ...map };
    copy[name] = formed;
  }
  return copy ?? map;
}

/** Whether a value is a map of properties: others are the driver's own, such as dates. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
