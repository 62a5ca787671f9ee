import type { Declaration } from '../../definition/declaration.ts';
import type { Conversion, ValueForm } from '../../values/column-type.ts';
import { typeOf } from '../../values/column-types.ts';
import { quoted } from '../../values/identifier.ts';
import type { Value } from '../../values/value.ts';
import { conversionOf } from './conversion.ts';
import { toProperties } from './parameter.ts';

/** A property that is sent beside the others, and how. */
export interface ConvertedField {
  readonly name: string;
  readonly conversion: Conversion;
}

/** Rows that one statement can write: the same properties of each are converted, in the same way. */
export interface ConversionGroup {
  readonly fields: readonly ConvertedField[];
  readonly members: Declaration[];
}

/**
 * Groups rows by which of their properties have to be converted. What needs no conversion is converted like that of the other rows if
 * that changes nothing (null, an empty list): else columns that may be null would make many groups.
 */
export function byConversions(declarations: readonly Declaration[], form: ValueForm): ConversionGroup[] {
  const usual = new Map<string, ConvertedField>();
  const own = declarations.map(({ values }) => {
    const fields = new Map<string, ConvertedField>();
    for (const name in values) {
      const value = values[name] ?? null;
      const conversion = value === null ? undefined : conversionOf(value, form);
      if (conversion === undefined) continue;
      fields.set(name, { name, conversion });
      if (!usual.has(name)) usual.set(name, { name, conversion });
    }
    return fields;
  });
  const groups = new Map<string, ConversionGroup>();
  declarations.forEach((declaration, index) => {
    const fields = own[index] as Map<string, ConvertedField>;
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

/** Returns Cypher that sets what is converted of a row `r` after its other properties: `r.c` has it in the order of `fields`. */
export function setConverted(kind: 'Node' | 'Relationship', entity: string, fields: readonly ConvertedField[]): string {
  const sets: string[] = [];
  const calls: string[] = [];
  fields.forEach(({ name, conversion: { cypher } }, index) => {
    const sent = `r.c[${index}]`;
    const property = quoted(name);
    if (cypher !== null) sets.push(`${entity}.${property} = ${cypher(sent)}`);
    else calls.push(`CALL db.create.set${kind}VectorProperty(${entity}, '${property.slice(1, -1)}', ${sent})`);
  });
  return [
    ...(sets.length === 0 ? [] : [` SET ${sets.join(', ')}`]),
    ...(calls.length === 0 ? [] : [` WITH ${entity}, r ${calls.join(' ')}`]),
  ].join('');
}

/**
 * Returns a row's properties (`p`) and, beside them, what is converted (`c`). Columns that the row doesn't have are null, columns of an
 * earlier definition among them, so that they are cleared.
 */
export function rowProperties(
  columns: readonly string[] | null,
  values: Declaration['values'],
  fields: readonly ConvertedField[],
): object {
  const rest = { ...values };
  for (const column of columns ?? []) if (!(column in rest)) rest[column] = null;
  if (fields.length === 0) return { p: toProperties(rest) };
  const converted = fields.map(({ name, conversion }) => {
    const value = values[name] ?? null;
    delete rest[name];
    return value === null ? null : conversion.send(value);
  });
  return { p: toProperties(rest), c: converted };
}

/**
 * Returns Cypher that sets the properties of rows `r` on what may be there already, and what each row needs for it. Neo4j doesn't
 * store a value over one that it holds for equal, though 0.0 and -0.0, or the two 02:30 of an autumn night, are different values:
 * so properties of such values are cleared first (`z`).
 */
export function overwrite(
  entity: string,
  assignment: '=' | '+=',
  declarations: readonly Declaration[],
): { readonly set: string; readonly cleared: readonly object[] } {
  const cleared = declarations.map(({ values }) => {
    const names = Object.keys(values).filter(name => isEqualToOthers(values[name] ?? null));
    return names.length === 0 ? {} : { z: Object.fromEntries(names.map(name => [name, null])) };
  });
  const clear = cleared.some(row => 'z' in row) ? `SET ${entity} += coalesce(r.z, {}) ` : '';
  return { set: `${clear}SET ${entity} ${assignment} r.p`, cleared };
}

function isEqualToOthers(value: Value | null): boolean {
  return value !== null && typeOf(value).stored.hasEquals?.(value) === true;
}

/** Returns a Cypher map that clears columns when it is added. */
export function nulls(columns: readonly string[]): string {
  return `{${columns.map(column => `${quoted(column)}: null`).join(', ')}}`;
}
