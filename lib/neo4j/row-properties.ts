import type { Declaration } from '../graph/declaration.ts';
import { quoted } from '../graph/identifier.ts';
import { toProperties, toVectorParameter, type VectorForm } from './parameter.ts';

/**
 * Rows by which of their properties are vectors: only a procedure stores those as float32 on every server (a plain SET
 * stores float64, twice the size), and it takes no null, so rows without one need a statement without it.
 */
export function byVectors(declarations: readonly Declaration[]) {
  const groups = new Map<string, { readonly fields: readonly string[]; readonly members: Declaration[] }>();
  for (const declaration of declarations) {
    const { values } = declaration;
    const fields: string[] = [];
    for (const name in values) if (values[name] instanceof Float32Array) fields.push(name);
    const id = fields.sort().join();
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { fields, members: [declaration] });
    else group.members.push(declaration);
  }
  return groups;
}

/** Cypher that sets the vectors of a row `r` after its other properties: `r.v` has them in the order of `fields`. */
export function setVectors(kind: 'Node' | 'Relationship', entity: string, fields: readonly string[]): string {
  if (fields.length === 0) return '';
  const calls = fields.map((field, index) => {
    const name = quoted(field).slice(1, -1);
    return `CALL db.create.set${kind}VectorProperty(${entity}, '${name}', r.v[${index}])`;
  });
  return ` WITH ${entity}, r ${calls.join(' ')}`;
}

/**
 * A row's properties (`p`) and, beside them, its vectors (`v`). Columns that the row doesn't have are null, columns of an
 * earlier definition among them, so that they are cleared.
 */
export function rowProperties(
  columns: readonly string[] | null,
  values: Declaration['values'],
  fields: readonly string[],
  form: VectorForm,
): object {
  const rest = { ...values };
  for (const column of columns ?? []) if (!(column in rest)) rest[column] = null;
  if (fields.length === 0) return { p: toProperties(rest) };
  for (const field of fields) delete rest[field];
  return { p: toProperties(rest), v: fields.map(field => toVectorParameter(values[field] as Float32Array, form)) };
}
