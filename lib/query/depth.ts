/** Levels of lists and maps that a value may have, in requests and results: the server's own parser of requests goes as deep. */
export const MAX_DEPTH = 1000;

/** Whether a value has more levels than allowed. Looks no deeper than that. */
export function isDeep(value: unknown, left = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (left === 0) return true;
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (isDeep(item, left - 1)) return true;
  return false;
}

/** Whether a JSON text has more levels than allowed, in one pass: a recursive parser must not see it then. */
export function isDeepText(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === ']' || character === '}') depth -= 1;
    else if (character === '[' || character === '{') {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    }
  }
  return false;
}
