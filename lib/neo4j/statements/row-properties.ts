import type { Declaration } from '../../definition/declaration.ts';
import type { Conversion, ValueForm } from '../../values/column-type.ts';
import { typeOf } from '../../values/column-types.ts';
import { quoted } from '../../values/identifier.ts';
import type { Value } from '../../values/value.ts';
import { conversionOf } from './conversion.ts';
import { toParameter, toProperties } from './parameter.ts';
import { KEY, type SentRows } from './sent-rows.ts';

/** A property that is sent beside the others, and how. */
export interface ConvertedField {
  readonly name: string;
  readonly conversion: Conversion;
}

/** Rows that one statement can write: the same properties of each are converted, in the same way. */
export interface ConversionGroup {
  readonly fields: readonly ConvertedField[];
  readonly members: readonly Declaration[];
}

/**
 * Groups rows by which of their properties have to be converted. What needs no conversion is converted like that of the other rows if
 * that changes nothing (null, an empty list): else columns that may be null would make many groups.
 */
export function byConversions(declarations: readonly Declaration[], form: ValueForm): ConversionGroup[] {
  const usual = new Map<string, ConvertedField>();
  const own = declarations.map(({ values }) => {
    let fields: Map<string, ConvertedField> | undefined;
    for (const name in values) {
      const value = values[name] ?? null;
      const conversion = value === null ? undefined : conversionOf(value, form);
      if (conversion === undefined) continue;
      fields ??= new Map();
      fields.set(name, { name, conversion });
      if (!usual.has(name)) usual.set(name, { name, conversion });
    }
    return fields;
  });
  if (usual.size === 0) return declarations.length === 0 ? [] : [{ fields: [], members: declarations }];
  const groups = new Map<string, ConversionGroup & { readonly members: Declaration[] }>();
  declarations.forEach((declaration, index) => {
    const fields = own[index] ?? new Map<string, ConvertedField>();
    for (const [name, field] of usual) {
      if (!fields.has(name) && field.conversion.takes(declaration.values[name] ?? null)) fields.set(name, field);
    }
    const sorted = [...fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const id = sorted.map(({ name, conversion }) => `${name} ${conversion.id}`).join();
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { fields: sorted, members: [declaration] });
    else group.members.push(declaration);
  });
  return [...groups.values()];
}

/** Sends what is converted of rows. @returns Cypher that sets it after their other properties */
export function setConverted(
  sent: SentRows,
  kind: 'Node' | 'Relationship',
  entity: string,
  fields: readonly ConvertedField[],
): string {
  const sets: string[] = [];
  const calls: string[] = [];
  for (const { name, conversion } of fields) {
    const place = sent.add(({ values }) => {
      const value = values[name] ?? null;
      return value === null ? null : conversion.send(value);
    });
    const property = quoted(name);
    if (conversion.cypher !== null) sets.push(`${entity}.${property} = ${conversion.cypher(place)}`);
    else calls.push(`CALL db.create.set${kind}VectorProperty(${entity}, '${property.slice(1, -1)}', ${place})`);
  }
  return [
    ...(sets.length === 0 ? [] : [` SET ${sets.join(', ')}`]),
    ...(calls.length === 0 ? [] : [` WITH ${entity}, r ${calls.join(' ')}`]),
  ].join('');
}

/**
 * Sends the properties of rows but those that are converted. Columns that a row doesn't have are null, columns of an earlier definition
 * among them, so that they are cleared.
 *
 * @param columns null: no schema, each row has its own
 * @returns Cypher for them, as a map
 */
export function sendProperties(
  sent: SentRows,
  { primaryKey, columns }: { readonly primaryKey: string; readonly columns: readonly string[] | null },
  fields: readonly ConvertedField[],
): string {
  const converted = new Set(fields.map(({ name }) => name));
  if (columns === null) return sent.add(({ values }) => toProperties(values, converted));
  const properties = [primaryKey, ...columns.filter(name => name !== primaryKey)]
    .filter(name => !converted.has(name))
    .map(name => {
      const place = name === primaryKey ? KEY : sent.add(({ values }) => toParameter(values[name] ?? null));
      return `${quoted(name)}: ${place}`;
    });
  return `{${properties.join(', ')}}`;
}

/**
 * Returns Cypher that sets the properties of rows on what may be there already. Neo4j doesn't store a value over one that it holds for
 * equal, though 0.0 and -0.0, or the two 02:30 of an autumn night, are different values: so properties of such values are cleared first.
 *
 * @param set Cypher of the assignment
 * @param rows all that the statement writes
 */
export function overwrite(sent: SentRows, entity: string, set: string, rows: readonly Declaration[]): string {
  if (!rows.some(({ values }) => hasEqualToOthers(values))) return set;
  const cleared = sent.add(({ values }) => {
    const names = Object.keys(values).filter(name => isEqualToOthers(values[name] ?? null));
    return Object.fromEntries(names.map(name => [name, null]));
  });
  return `SET ${entity} += ${cleared} ${set}`;
}

function hasEqualToOthers(values: Declaration['values']): boolean {
  for (const name in values) if (isEqualToOthers(values[name] ?? null)) return true;
  return false;
}

function isEqualToOthers(value: Value | null): boolean {
  return value !== null && typeOf(value).stored.hasEquals?.(value) === true;
}

/** Returns a Cypher map that clears columns when it is added. */
export function nulls(columns: readonly string[]): string {
  return `{${columns.map(column => `${quoted(column)}: null`).join(', ')}}`;
}
