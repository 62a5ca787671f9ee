import { typeOf, typeOfObject } from '../../values/column-types.ts';
import type { Value } from '../../values/value.ts';

/** A value as the driver takes it: bigint goes as INTEGER and number as FLOAT by themselves, temporal values as they are. */
export function toParameter(value: Value | null): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toBolt } = typeOf(value).stored;
  return toBolt === undefined ? value : toBolt(value);
}

/** Properties as a parameter map. @param without names of those that are left out */
export function toProperties(
  values: Readonly<Record<string, Value | null>>,
  without: ReadonlySet<string>,
): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const name in values) if (!without.has(name)) properties[name] = toParameter(values[name] as Value | null);
  return properties;
}

/**
 * The value that {@link toParameter} made a property of, as the driver gives it back; undefined: no value of ours is stored
 * so. A vector comes back as a list of numbers: whether it was one, the column must tell.
 */
export function fromProperty(property: unknown): Value | undefined {
  if (property === null || property === undefined) return undefined;
  if (typeof property !== 'object') return property as Value;
  if (Array.isArray(property)) {
    const values = property.map(fromProperty);
    return values.includes(undefined) ? undefined : (values as readonly Value[]);
  }
  const stored = typeOfObject(property)?.stored;
  return stored?.fromBolt === undefined ? stored && (property as Value) : stored.fromBolt(property);
}
