import { DefinitionError } from '../errors.ts';
import type { OptionCheck } from '../values/options.ts';

/** Which results of a source's function are kept, and for how long: see {@link SourceOptions.memo}. */
export interface MemoOptions {
  /**
   * Changed by hand where the function gives something else and the flow's code doesn't show it: a package was upgraded, a model
   * was replaced. Objects are then looked at again, and results of other versions aren't used.
   */
  readonly version?: string | number;
  /** What the function reads of the object, apart from the record: it can read nothing else. Default: nothing. */
  readonly dependsOn?: readonly ('key' | 'size')[];
  /** Days that a result is kept after it was last used, 1 to 3650. Default 90. */
  readonly days?: number;
}

/** A source's memo, its defaults filled in. */
export interface Memo {
  readonly version: string | number;
  readonly dependsOn: readonly ('key' | 'size')[];
  readonly days: number;
}

/** What a function may know of an object. */
interface About {
  readonly key: string;
  readonly size: number;
}

const PROPERTIES = ['key', 'size'] as const;

const MOST_DAYS = 3650;

export const memoCheck: OptionCheck = {
  expected: `true, a version (a string or number), or { version, dependsOn: a list of 'key' and 'size', days: 1 to ${MOST_DAYS} }`,
  accepts: value => typeof value === 'boolean' || isVersion(value) || isMemoOptions(value),
};

/** Returns the memo that an option asks for; undefined: none. */
export function memoOf(option: boolean | string | number | MemoOptions | undefined): Memo | undefined {
  if (option === undefined || option === false) return undefined;
  const { version = '', dependsOn = [], days = 90 } = typeof option === 'object' ? option : versionOf(option);
  return { version, dependsOn: PROPERTIES.filter(name => dependsOn.includes(name)), days };
}

function versionOf(option: true | string | number): MemoOptions {
  return option === true ? {} : { version: option };
}

/**
 * Returns an object as a function may see it whose results are kept: what they aren't told apart by can't be read.
 *
 * @param glob names the source
 */
export function dependable<T extends About>(object: T, { dependsOn }: Memo, glob: string): T {
  const hidden = PROPERTIES.filter(name => !dependsOn.includes(name));
  const properties = hidden.map(name => [name, { enumerable: true, get: () => refuse(name, dependsOn, glob) }]);
  // Not a copy of the values: that would read them all.
  const own = Object.getOwnPropertyDescriptors<object>(object);
  return Object.defineProperties({}, { ...own, ...Object.fromEntries(properties) }) as T;
}

function refuse(name: string, dependsOn: readonly string[], glob: string): never {
  const all = [...dependsOn, name].map(one => `'${one}'`).join(', ');
  throw new DefinitionError(
    `source ${glob}: its function reads the object's ${name}, and results are kept that don't depend on it: say memo: { dependsOn: [${all}] }`,
  );
}

function isVersion(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isFinite(value));
}

function isMemoOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { version, dependsOn, days, ...others } = value as Record<keyof MemoOptions, unknown>;
  return (
    Object.keys(others).length === 0 &&
    (version === undefined || isVersion(version)) &&
    (dependsOn === undefined ||
      (Array.isArray(dependsOn) && dependsOn.every(name => (PROPERTIES as readonly unknown[]).includes(name)))) &&
    (days === undefined || (Number.isInteger(days) && Number(days) >= 1 && Number(days) <= MOST_DAYS))
  );
}
