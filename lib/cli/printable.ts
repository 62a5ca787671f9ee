import { rawJson } from '../values/raw-json.ts';

/** Characters that a terminal would act on instead of showing them, line breaks included. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Returns text from a file, a key or a database such that a terminal shows all of it and obeys none. */
export function printable(text: string): string {
  return text.replace(CONTROL, char => {
    const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
    return named ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Returns JSON in which integers have all their digits, also those beyond 2^53. */
export function exactJson(value: unknown, indent?: number): string {
  const exact = (_: string, item: unknown): unknown => (typeof item === 'bigint' ? rawJson(String(item)) : item);
  return JSON.stringify(value, exact, indent) ?? '';
}

/** Returns JSON that a terminal obeys nothing of: JSON's own escapes leave out what is beyond ASCII. */
export function printableJson(value: unknown, indent?: number): string {
  return exactJson(value, indent).split('\n').map(printable).join('\n');
}
