const MAX_CHARACTERS = 80;

/**
 * Describes a value for a person to recognise: type and value, at most 80 characters, never a whole large value. An
 * absent value is `nothing`.
 */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (typeof value === 'string') return shorten(`string ${JSON.stringify(value.slice(0, MAX_CHARACTERS))}`);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object') return shorten(`object with ${Object.keys(value).join(', ') || 'no fields'}`);
  return shorten(`${typeof value} ${String(value)}`);
}

/** Returns the start of a text, on one line; `…` marks the cut, which never splits a character. */
export function shorten(text: string, characters = MAX_CHARACTERS): string {
  const line = text.slice(0, characters + 1).replace(/\s+/g, ' ');
  if (text.length <= characters) return line;
  return `${line.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
