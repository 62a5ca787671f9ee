/** The value of a JSON text; undefined: it is none, for a schema to say so. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
