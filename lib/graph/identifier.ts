import { DefinitionError } from './errors.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Checks a name that will stand in Cypher text (label, relationship type, property) and returns it.
 *
 * @param what what the name is, for the message, e.g. `node table label`
 * @throws DefinitionError unless it is `[A-Za-z_][A-Za-z0-9_]*` and at most 255 characters
 */
export function identifier(name: string, what: string): string {
  // `__proto__` would set an object's prototype wherever a row becomes an object.
  // In JavaScript `$` without the m flag matches at the very end only, so a trailing newline is refused too.
  if (typeof name !== 'string' || name.length > 255 || !IDENTIFIER.test(name) || name === '__proto__') {
    throw new DefinitionError(
      `${what} ${JSON.stringify(name)} is not usable: letters, digits and _ only, not starting with a digit, at most 255 characters`,
    );
  }
  return name;
}

/** A checked name in backticks, the only way a name gets into Cypher text. */
export function quoted(name: string): string {
  return `\`${identifier(name, 'identifier')}\``;
}

/** @throws DefinitionError that names the options which don't exist and those that do */
export function refuseUnknownOptions(options: object, allowed: readonly string[], what: string): void {
  const unknown = Object.keys(options).filter(name => !allowed.includes(name));
  if (unknown.length > 0) {
    throw new DefinitionError(`${what} has no option ${unknown.join(', ')}; it takes ${allowed.join(', ')}`);
  }
}
