import pMap from 'p-map';
import { isIgnoredKey } from '../files/keys/ignored-key.ts';
import { keyPattern } from '../files/keys/key-pattern.ts';
import type { Scope } from '../scope.ts';

/** Keys, and patterns, that are named. */
const MAX_NAMED = 20;

/** Objects of one pattern that no source matches. */
export interface UnmatchedPattern {
  /** See `keyPattern`. */
  readonly pattern: string;
  readonly count: number;
  readonly example: string;
}

/** Objects that no source matches, though they are where a source's are. */
export interface Unmatched {
  readonly count: number;
  /** The first 20. */
  readonly patterns: readonly UnmatchedPattern[];
}

/** Adds keys that no source matches. */
export function withUnmatched(before: Unmatched | undefined, keys: readonly string[]): Unmatched | undefined {
  if (keys.length === 0) return before;
  const patterns = new Map((before?.patterns ?? []).map(one => [one.pattern, one]));
  for (const key of keys) {
    const pattern = keyPattern(key);
    const { count, example } = patterns.get(pattern) ?? { count: 0, example: key };
    if (count > 0 || patterns.size < MAX_NAMED) patterns.set(pattern, { pattern, count: count + 1, example });
  }
  return { count: (before?.count ?? 0) + keys.length, patterns: [...patterns.values()] };
}

/** Returns the keys that no source matches, and that aren't ignored on purpose. */
export function unmatchedOf(scope: Pick<Scope, 'sourceOf'>, keys: readonly string[]): string[] {
  return keys.filter(key => scope.sourceOf(key) === undefined && !isIgnoredKey(key));
}

/**
 * Logs keys of events that no source matches; one that stands where a source's objects are gets a status that says so.
 *
 * @returns how many there are
 */
export async function noteUnmatched(scope: Scope, keys: readonly string[]): Promise<number> {
  const unmatched = unmatchedOf(scope, keys);
  if (unmatched.length === 0) return 0;
  const near = unmatched.filter(key => scope.prefixes.some(prefix => key.startsWith(prefix)));
  const { bucket } = scope.objects;
  scope.log({
    level: near.length > 0 ? 'warn' : 'info',
    event: 'objects-unmatched',
    scope: scope.name,
    bucket,
    objects: unmatched.length,
    keys: [...near, ...unmatched.filter(key => !near.includes(key))].slice(0, MAX_NAMED),
    sources: scope.definition.sources.map(({ glob }) => glob).slice(0, MAX_NAMED),
  });
  await pMap(
    near,
    async key => {
      const head = await scope.objects.head(key).catch(() => null);
      if (head === null) return;
      const reason = `no source matches the key; the sources are ${scope.definition.sources.map(({ glob }) => glob).join(', ')}`;
      await scope.status.put({
        key,
        state: 'unmatched',
        etag: head.etag,
        source: '',
        reason: reason.slice(0, 1000),
        at: new Date().toISOString(),
      });
    },
    { concurrency: 16 },
  );
  return unmatched.length;
}
