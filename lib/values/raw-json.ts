// Of Node.js 21 and later, which TypeScript doesn't know yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Returns a value that `JSON.stringify` writes as this text: a number so keeps all its digits. @throws SyntaxError if it is no JSON */
export function rawJson(text: string): unknown {
  return rawJSON(text);
}
