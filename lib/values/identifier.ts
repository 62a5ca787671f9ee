import { DefinitionError } from '../errors.ts';
import { shown } from './options.ts';

/** Names by which the driver knows its own types: it would take the properties of a row for such a value. */
const DRIVER_MARK = /^__is[A-Z]\w*__$/;

/** Names that Cypher takes without quotes. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Names that backticks hold: no backtick, no backslash (Cypher reads `\u0060` as a backtick wherever it stands), and nothing that can't be
 * seen, which people would take for another name.
 */
const QUOTABLE = /^(?! )[^`\\\p{C}\p{Zl}\p{Zp}]+(?<! )$/u;

/**
 * Checks a name that will stand in Cypher text (label, relationship type, property) and returns it.
 *
 * @param what what the name is, for the message, e.g. `node table label`
 * @throws DefinitionError unless it can be quoted and has at most 255 characters
 */
export function identifier(name: string, what: string): string {
  // `__proto__` would set an object's prototype wherever a row becomes an object.
  // In JavaScript `$` without the m flag matches at the very end only, so a trailing newline is refused too.
  if (
    typeof name !== 'string' ||
    name.length > 255 ||
    !(PLAIN.test(name) || QUOTABLE.test(name)) ||
    name === '__proto__' ||
    DRIVER_MARK.test(name)
  ) {
    throw new DefinitionError(
      `${what} ${shown(name)} is not usable: 1 to 255 characters that can be seen, no blank at an end, no backtick or backslash, no name such as __proto__ or __isDate__`,
    );
  }
  return name;
}

/** Puts a checked name in backticks, the only way a name gets into Cypher text. */
export function quoted(name: string): string {
  return `\`${identifier(name, 'identifier')}\``;
}

/** Returns a name as people write it in Cypher: in backticks where it needs them. */
export function written(name: string): string {
  return PLAIN.test(name) ? name : `\`${name}\``;
}
