import { randomUUID } from 'node:crypto';
import { ContentError } from '../content-error.ts';
import { keyTokens } from './key-tokens.ts';

/**
 * Parses a JSON text by a parser that isn't shown any escaped key. V8's JSON.parse (13.6, Node 24) takes an escaped key for an earlier one
 * of the process that its undecoded beginning equals: after `{"id":0,"a\\":1}` the key of `{"id":0,"aé":1}`, with é written as an escape,
 * comes out as `a\`. Whatever came out wrong has a backslash in it.
 */
export function withExactKeys(text: string, parse: (text: string) => unknown): unknown {
  let written = '';
  let place = 0;
  const keys = new Map<string, string>();
  // What no text can have been written to hold: to look for one that it hasn't would take its length for each that it has.
  const mark = `key ${randomUUID()} `;
  for (const { start, end } of keyTokens(text)) {
    const token = text.slice(start, end);
    if (!token.includes('\\')) continue;
    const name = `${mark}${keys.size}`;
    keys.set(name, JSON.parse(token) as string);
    written += `${text.slice(place, start)}"${name}"`;
    place = end;
  }
  return restored(parse(written + text.slice(place)), keys);
}

function restored(value: unknown, keys: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => restored(item, keys));
  const entries = Object.entries(value).map(([name, field]) => {
    const key = keys.get(name) ?? name;
    if (key === '__proto__') throw new ContentError('the key __proto__ is not allowed: rename it');
    return [key, restored(field, keys)];
  });
  return Object.fromEntries(entries);
}
