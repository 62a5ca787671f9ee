/**
 * The part of IAM's evaluation that the stack's policies need: allowing statements with actions, resources and a few operators of
 * conditions. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A call, with the condition keys that AWS derives from it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

/** Returns the resource by which an allowing statement allows a call; undefined: it doesn't. */
export function allowingResource(
  statement: Statement,
  call: Call,
  nameOf: (resource: unknown) => string,
): string | undefined {
  if (statement.Effect !== 'Allow') return undefined;
  if (!list(statement.Action).some(action => isLike(call.action.toLowerCase(), action.toLowerCase()))) return undefined;
  const resource = list(statement.Resource)
    .map(nameOf)
    .find(pattern => isLike(call.resource, pattern));
  const conditions = Object.entries(statement.Condition ?? {});
  return conditions.every(([operator, tests]) =>
    Object.entries(tests).every(([key, values]) => isMet(operator, call.keys[key] ?? [], list(values) as string[])),
  )
    ? resource
    : undefined;
}

function isMet(operator: string, present: readonly string[], wanted: readonly string[]): boolean {
  if (operator === 'Null') return (present.length === 0) === (wanted[0] === 'true');
  const [set, test = set] = operator.split(':') as [string, string?];
  const matches = {
    StringEquals: (value: string) => wanted.includes(value),
    StringLike: (value: string) => wanted.some(pattern => isLike(value, pattern)),
  }[test];
  if (matches === undefined) throw new Error(`this evaluation knows no operator ${operator}`);
  if (set === 'ForAllValues') return present.every(matches);
  // Without a set operator a key of several values matches nothing.
  return present.length === 1 && present.every(matches);
}

/** Matches `*` and `?` as IAM does. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

export function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
