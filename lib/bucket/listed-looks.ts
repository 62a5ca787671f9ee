import { lakeTableOf, mayBeLakeFile } from '../files/keys/lake-table.ts';
import type { LatestVersion } from '../files/object-store.ts';
import type { Scope } from '../scope.ts';

/**
 * Looks at many objects at once, by listing them: of each its latest version, or null after a delete marker. What isn't in the
 * answer must be looked at by itself: a few keys or sparse ones, files that may be a table's, keys that no source matches. A listing
 * is as good as a look at each: S3 is strongly consistent for both ("Amazon S3 data consistency model" in its User Guide: after a write,
 * a listing has the change).
 *
 * @param between called after each page
 */
export async function listedLooks(
  scope: Scope,
  keys: readonly string[],
  between: () => Promise<void> = async () => {},
): Promise<ReadonlyMap<string, LatestVersion | null>> {
  const looks = new Map<string, LatestVersion | null>();
  const listable = keys.filter(
    key => scope.sourceOf(key) !== undefined && !mayBeLakeFile(key) && lakeTableOf(key) === null,
  );
  for await (const page of scope.objects.latest?.(listable) ?? []) {
    for (const [key, latest] of page) looks.set(key, latest);
    await between();
  }
  return looks;
}
