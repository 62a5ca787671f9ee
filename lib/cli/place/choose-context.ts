import { CliError } from '../cli-error.ts';

/** Returns the context that was asked for, or the only one. @throws CliError that lists them */
export function chooseContext(asked: string | undefined, names: readonly string[], place: string): string {
  const all = names.join(', ');
  if (asked !== undefined) {
    if (names.includes(asked)) return asked;
    throw new CliError(`${place} has no context ${JSON.stringify(asked)}; it has ${all || 'none'}`);
  }
  const [only, ...others] = names;
  if (only === undefined)
    throw new CliError(`${place} has no context yet: deploy it, or start 'graphdrop dev' with it`);
  if (others.length > 0) throw new CliError(`${place} has several contexts; name one: --context ${names.join(' | ')}`);
  return only;
}
