/** Names for tables, made of those of files and columns. */

/** Splits a name into words: `flights-airport`, `HomeTeam`, `us_state`. */
function wordsOf(name: string): string[] {
  const spaced = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2');
  return spaced.split(/[^A-Za-z0-9]+/).filter(word => word !== '');
}

/** Returns the singular of an English noun, as far as its ending tells. */
export function singular(word: string): string {
  if (/(ss|us|is|news|series|species)$/i.test(word)) return word;
  if (/ies$/i.test(word) && word.length > 4) return word.replace(/ies$/i, 'y');
  if (/(x|ch|sh|ss)es$/i.test(word)) return word.slice(0, -2);
  return /s$/i.test(word) && word.length > 3 ? word.slice(0, -1) : word;
}

/** Makes a label of a file's name: `airports.csv` is `Airport`. */
export function labelOf(stem: string): string {
  const words = wordsOf(stem);
  const last = words.length - 1;
  const cased = words.map((word, n) => capital(n === last ? singular(word) : word)).join('');
  return startable(cased || 'Row');
}

/** Makes a relationship type of the name of a file or a column: `origin_id` is `ORIGIN`. */
export function typeOf(name: string): string {
  const words = wordsOf(name).map(word => word.toUpperCase());
  const last = words.at(-1) ?? '';
  if (words.length > 1 && ['ID', 'KEY', 'CODE', 'REF', 'FK'].includes(last)) words.pop();
  return startable(words.join('_') || 'RELATED');
}

/** Makes a property of a column's name; one that is a property's name already stays. */
export function propertyOf(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name.length <= 255 && !/^__/.test(name)) return name;
  return startable(wordsOf(name).join('_').slice(0, 200) || 'column');
}

/** Makes a variable's name of a label or type. */
export function variableOf(name: string): string {
  const words = wordsOf(name.toLowerCase() === name || name.toUpperCase() === name ? name.toLowerCase() : name);
  const camel = words.map((word, n) => (n === 0 ? word.toLowerCase() : capital(word))).join('');
  return RESERVED.has(camel) ? `${camel}Table` : startable(camel);
}

/** Words that the proposed module uses, or JavaScript doesn't take as a variable. */
const RESERVED = new Set(
  'graph flow z record file ContextKey TableSchema VectorSchema rowKey break case catch class const continue default delete do else enum export extends false finally for function if import in instanceof new null return static super switch this throw true try typeof var void while with yield let await async of package public private interface'.split(
    ' ',
  ),
);

/** Returns the name, with a number after it if it is among those that are taken; takes it. */
export function unlike(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n += 1) free = `${name}${n}`;
  taken.add(free);
  return free;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function startable(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** Tells whether a column is called a key, or for one. */
export function isCalledKey(name: string): boolean {
  return /(^|[_\s-])(id|code|key|uuid)$|[a-z](Id|Code|Key)$/.test(name) || isKey(name);
}

/** Tells whether a column's whole name is that of a key. */
export function isKey(name: string): boolean {
  return ['id', 'key', 'uuid', 'code', 'iata', 'iso', 'isbn', 'sku', 'slug'].includes(name.toLowerCase());
}
