/** What is done to a key that is a text before it is compared: see `keyNormalize` of a table. */
export type KeyNormalize = 'nfc' | 'trim' | 'nfc+trim';

/** Signs that take no room and join nothing: no person sees them. */
const UNSEEN = /[\u200b\u2060\ufeff]/g;

/** Keys of ASCII without blanks at their ends, and no formulas, which every form leaves as they are. */
const PLAIN = /^[\x21-\x3c\x3e-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Returns a key in Unicode's form NFC, without blanks around it and signs that can't be seen, or both. */
export function normalKey(key: string, how: KeyNormalize): string {
  if (PLAIN.test(key)) return key;
  const trimmed = how === 'nfc' ? key : key.replace(UNSEEN, '').trim();
  return how === 'trim' ? trimmed : trimmed.normalize('NFC');
}

/** A whole number in a column of floats. */
const FLOATED = /^-?\d+\.0$/;

/** How a spreadsheet is made to leave a text as it is: `="007"`. */
const FORMULA = /^="[^"]*"$/;

const OWN = ': a key of its own, unless the table says keyNormalize';

/** Says why a key looks like another one that it isn't; null: it doesn't. */
export function oddnessOf(key: string): string | null {
  if (key.endsWith('.0') && FLOATED.test(key))
    return 'is a whole number as pandas writes it beside absent ones: elsewhere it may stand without .0';
  if (PLAIN.test(key)) return null;
  if (FORMULA.test(key)) return 'is a formula of a spreadsheet, its text in quotes';
  const trimmed = normalKey(key, 'trim');
  if (trimmed === '') return 'is empty';
  if (trimmed !== key) return `has blanks around it, or signs that can't be seen${OWN}`;
  return key.normalize('NFC') === key ? null : `has letters and accents apart (not in form NFC)${OWN}`;
}
