/** Cuts a text after so many characters, never within one, and marks the cut. */
export function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max).toWellFormed()}... (${text.length} characters)` : text;
}
