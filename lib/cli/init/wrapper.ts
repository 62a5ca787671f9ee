import { isCalledKey } from './names.ts';

/** An object around the records of a file. */
export interface Wrapper {
  /** Its field that holds them. */
  readonly field: string;
  /** Its other fields. */
  readonly others: readonly string[];
}

/** What APIs call the field of an answer that holds the records. */
const LISTS =
  /^(data|results?|items|records|rows|values?|features|entries|hits|list|elements|nodes|content|objects|docs|documents)$/i;

/** Finds the records of a file that is one object around them: in its one list of objects, if that is all it has or is called so. */
export function wrapped(records: readonly Record<string, unknown>[]): [Wrapper, Record<string, unknown>[]] | [] {
  const [only, another] = records;
  if (only === undefined || another !== undefined) return [];
  const isRecord = (item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item);
  const isList = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isRecord);
  const [found, second] = Object.entries(only).filter(([, value]) => isList(value));
  if (found === undefined || second !== undefined) return [];
  const [field, inner] = found;
  const others = Object.keys(only).filter(name => name !== field);
  // What has a key is a record itself, with a list in it. Answers have a code that is none, and may name the request.
  const isRecordItself = others.some(
    name => (isCalledKey(name) || name === '_id') && !/^(code|(request|trace).*)$/i.test(name),
  );
  if (isRecordItself || (others.length > 0 && !LISTS.test(field))) return [];
  return [{ field, others }, inner as Record<string, unknown>[]];
}
