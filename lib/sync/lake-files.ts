/** Keeps files of Delta, Hudi and Iceberg tables in step with whether their logs are there, whichever comes first. */
import pMap from 'p-map';
import { compareListed, listObjects, rejectionOf } from '../bucket/listing.ts';
import { lakeTableOf, mayBeLakeFile } from '../files/keys/lake-table.ts';
import type { ListedObject } from '../files/object-store.ts';
import type { RejectedObjectError } from '../files/rejection.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { readRoot } from '../state/read-root.ts';
import { unlessMissing } from './unless-missing.ts';

/** What was found beside logs of tables. */
export interface BesideLogs {
  /** Objects that must be looked at. */
  readonly files: readonly string[];
  /** Keys in logs beside which not all was looked at: time was up. */
  readonly unfinished: readonly string[];
}

/**
 * Finds the objects that must be looked at with a table's log, for it came or went: those that don't stand as they would by now.
 *
 * @param deadline ms since 1970 from which no other page is listed; one is in any case
 */
export async function filesBesideLogs(scope: Scope, keys: readonly string[], deadline: number): Promise<BesideLogs> {
  const open = new Set(keys.flatMap(key => lakeTableOf(key)?.folder ?? []));
  const beside: string[] = [];
  let pages = 0;
  for (const prefix of [...open]) {
    for (let after: string | null = ''; after !== null; ) {
      if (pages > 0 && Date.now() >= deadline) {
        return { files: beside, unfinished: keys.filter(key => open.has(lakeTableOf(key)?.folder ?? '')) };
      }
      pages += 1;
      const { objects, next } = await listObjects(scope, after, { prefix });
      const files = objects.filter(({ key }) => mayBeLakeFile(key));
      beside.push(...((await outdatedOf(scope, files).catch(unlessMissing)) ?? files.map(({ key }) => key)));
      after = next;
    }
    open.delete(prefix);
  }
  return { files: beside, unfinished: [] };
}

async function outdatedOf(scope: Scope, files: readonly ListedObject[]): Promise<string[]> {
  if (files.length === 0) return [];
  const root = await readRoot(scope, (await scope.head.read())?.root ?? '');
  const compared = await compareListed(scope, scope.nodes.stage(), root.objects, files);
  const suspects = compared.filter(({ upToDate }) => !upToDate);
  const statuses = await scope.status.find(suspects.map(({ key }) => key));
  const known = await pMap(suspects, object => rejectionOf(scope, object, statuses.get(object.key) ?? null), {
    concurrency: 16,
  });
  return suspects.filter((_, index) => known[index] === null).map(({ key }) => key);
}

/** What a commit left of an object, and why its version was refused, if it was. */
export interface Committed {
  readonly key: string;
  readonly entry: ObjectEntry | null;
  readonly rejection: RejectedObjectError | undefined;
}

/**
 * Finds objects that became files of a table, or ceased to be, while they were committed. The worker that saw the log come may have looked
 * before this commit, and so not have seen them.
 */
export async function movedMeanwhile(scope: Scope, committed: readonly Committed[]): Promise<string[]> {
  scope.lakes.forget();
  const tables = await pMap(committed, ({ key }) => scope.lakes.tableOf(key), { concurrency: 32 });
  const moved = committed.filter(({ entry, rejection }, index) =>
    tables[index] ? entry !== null : rejection?.by === 'table',
  );
  return moved.map(({ key }) => key);
}
