/** Drops a character from the end of a text, as often as it stands there. */
export function withoutEnding(text: string, character: string): string {
  let end = text.length;
  while (text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
