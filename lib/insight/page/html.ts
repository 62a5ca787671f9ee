/** HTML in template literals: what is put in is text, and escaped, unless it is HTML made here. */

/** HTML that needs no escaping. */
export class Html {
  readonly text: string;

  /** @param text made by {@link html} only */
  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into HTML: text and numbers are escaped, lists are joined, nothing is left out. */
export type HtmlPart = Html | string | number | bigint | null | undefined | false | readonly HtmlPart[];

/** Makes HTML. In attributes, values stand between double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(
    strings.map((string, index) => `${string}${index < parts.length ? render(parts[index]) : ''}`).join(''),
  );
}

function render(part: HtmlPart): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that turn text around, or that HTML can't hold: they are shown by their number. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"']/g, char => ENTITIES[char] as string);
}

/** Returns data as the content of an element that scripts read as JSON: nothing in it can end the element. */
export function jsonContent(value: unknown): Html {
  return new Html(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}
