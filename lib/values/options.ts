import { DefinitionError } from '../errors.ts';
import { render } from './value.ts';

/** What an option's value must be: in words for the message, and as a test. */
export interface OptionCheck {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** Whether the value must not stand in a message. */
  readonly secret?: boolean;
}

/** A check for each option of a public function: with a missing one its type and its checks don't agree. */
export type OptionChecks<Options> = { readonly [Name in keyof Options]-?: OptionCheck };

/**
 * Checks the options of a public function, by name and by value. An option that is undefined counts as left out.
 *
 * @param what the function's subject, for the message, e.g. `source users/*.csv`
 * @throws DefinitionError that says what was received and what is expected
 */
export function checkOptions(options: unknown, checks: Readonly<Record<string, OptionCheck>>, what: string): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new DefinitionError(`${what}: the options are ${shown(given)}: give an object`);
  const unknown = Object.keys(given).filter(name => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    const known = Object.keys(checks).join(', ');
    throw new DefinitionError(`${what} has no option ${unknown.join(', ')}; it takes ${known}`);
  }
  for (const [name, value] of Object.entries(given)) {
    const check = checks[name];
    if (value !== undefined && check?.accepts(value) === false)
      throw new DefinitionError(
        `${what}: ${name} is ${check.secret ? typeof value : shown(value)}: give ${check.expected}`,
      );
  }
}

/** Returns a short rendering of a value for messages, without its type where the value shows it. */
export function shown(value: unknown): string {
  return render(value).replace(/^(string|number|boolean|bigint) /, '');
}

export const flag: OptionCheck = { expected: 'true or false', accepts: value => typeof value === 'boolean' };

export const text: OptionCheck = { expected: 'a string', accepts: value => typeof value === 'string' };

export function oneOf(...values: readonly string[]): OptionCheck {
  const quoted = values.map(value => `'${value}'`);
  const [last, ...others] = quoted.reverse();
  const expected = others.length === 0 ? `${last}` : `${others.reverse().join(', ')} or ${last}`;
  return { expected, accepts: value => (values as readonly unknown[]).includes(value) };
}

/** An integer from 1 on. */
export function count(most: number = Number.MAX_SAFE_INTEGER): OptionCheck {
  const expected = most === Number.MAX_SAFE_INTEGER ? 'a positive integer' : `an integer from 1 to ${most}`;
  return { expected, accepts: value => Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most };
}

export function listOf(items: string, accepts: (item: unknown) => boolean): OptionCheck {
  return {
    expected: `a list of ${items}`,
    accepts: value => Array.isArray(value) && value.length > 0 && value.every(accepts),
  };
}
