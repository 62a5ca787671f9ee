const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A key as it is written in a JSON text, quotes included, and the objects that it is in, outermost first. */
export interface KeyToken {
  readonly start: number;
  readonly end: number;
  readonly open: readonly OpenObject[];
}

/** An object whose end has not been reached. */
export interface OpenObject {
  readonly keys: Set<string>;
  at: string;
}

/** Finds the keys of a valid JSON text, in time that is in proportion to its length. */
export function* keyTokens(text: string): Generator<KeyToken, void, undefined> {
  const open: OpenObject[] = [];
  let [start, end] = [0, 0];
  for (let place = 0; place < text.length; place += 1) {
    const character = text.charCodeAt(place);
    if (character === QUOTE) {
      start = place;
      place = stringEnd(text, place);
      end = place + 1;
    } else if (character === OPEN_OBJECT) open.push({ keys: new Set(), at: '' });
    else if (character === CLOSE_OBJECT) open.pop();
    else if (character === COLON) yield { start, end, open };
  }
}

/** Returns the place of the quote that ends the string which begins at a place. */
export function stringEnd(text: string, start: number): number {
  let place = start + 1;
  while (place < text.length && text.charCodeAt(place) !== QUOTE) place += text.charCodeAt(place) === BACKSLASH ? 2 : 1;
  return place;
}
