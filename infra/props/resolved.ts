/**
 * Properties once they are checked: those with a default have a value. A resolver that forgets a property doesn't compile, and
 * its answer names all properties there are.
 */
export type Resolved<Props, WithoutDefault extends keyof Props = never> = {
  readonly [Name in keyof Props]-?: NonNullable<Props[Name]> | (Name extends WithoutDefault ? undefined : never);
};

/** @throws Error for a number out of range, or with a fraction */
export function requireWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new Error(`"${name}" is ${value}: use a whole number from ${least} to ${most}`);
}

/** @throws Error for a value that isn't listed */
export function requireOneOf<T>(name: string, value: T, choices: Readonly<Record<string, T>>): void {
  if (Object.values(choices).includes(value)) return;
  throw new Error(`"${name}" is '${value}': use ${Object.keys(choices).join(' or ')}`);
}

/** @throws Error for a misspelt property, which would be ignored */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find(name => !known.includes(name));
  if (unknown) throw new Error(`${what} has no property '${unknown}': it takes ${known.join(', ')}`);
}
