import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { isIgnoredKey } from './files/object-name.ts';
import { readRoot, ScopeBusyError, takeLease } from './lease.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import { decodeObject, objectId } from './state/object-entry.ts';
import { lookup, scan } from './state/tree.ts';
import { sweepUndeclared } from './sweep.ts';

interface Listed {
  readonly key: string;
  readonly etag: string;
}

/** What a resync found. */
export interface ResyncReport {
  readonly scope: string;
  /** Objects of the bucket that a source matches. */
  readonly listed: number;
  /** Objects in tracked state. */
  readonly tracked: number;
  /** Keys that are not up to date. */
  readonly outdated: readonly string[];
  /** Whether everything is up to date, the database being what the state says. */
  readonly settled: boolean;
  /** To be repeated in a while: the database was replaced and isn't back yet. */
  readonly again: boolean;
  /** Rows removed that a replaced database had and no file declares. */
  readonly swept: number;
}

/**
 * Looks at every object of the scope: the one remedy for restores, definition changes, backfill and lost events. Finds what
 * is not up to date by the bucket's listing (ETag, source); a change of content type alone is seen by its event only.
 *
 * After a restore or wipe of the database it must be repeated until `settled`: rows that no file declares are removed
 * when everything else is applied.
 */
export async function resync(scope: Scope): Promise<ResyncReport> {
  await lookAtDatabase(scope);
  const head = await scope.head.read();
  const root = await readRoot(scope, head?.root ?? '');
  const stage = new NodeStage(scope.cache, scope.nodes);
  const outdated: Listed[] = [];
  const seen = new Set<string>();
  for await (const page of listed(scope)) {
    const ids = page.map(({ key }) => objectId(key));
    const entries = await lookup(stage, root.objects, ids);
    page.forEach(({ key, etag }, index) => {
      const id = ids[index] as string;
      seen.add(id);
      const text = entries.get(id);
      const entry = text === undefined ? undefined : decodeObject(text);
      if (entry?.etag !== etag || entry.source !== scope.sourceOf(key)?.fingerprint) outdated.push({ key, etag });
    });
  }
  const rejected = await pMap(outdated, object => rejectedAlready(scope, object), { concurrency: 16 });
  const open = outdated.filter((_, index) => !rejected[index]).map(({ key }) => key);
  let tracked = 0;
  for await (const entries of scan(stage, root.objects)) {
    tracked += entries.length;
    for (const [id, text] of entries) if (!seen.has(id)) open.push(decodeObject(text).key);
  }
  const settled = open.length === 0;
  const swept = head?.resync && settled ? await settle(scope) : 0;
  const again = head?.resync === true && !settled;
  return { scope: scope.name, listed: seen.size, tracked, outdated: open, settled, again, swept };
}

/** With a quiet bucket nobody takes the lease, and so nobody would notice that the database was replaced. */
async function lookAtDatabase(scope: Scope): Promise<void> {
  try {
    const lease = await takeLease(scope);
    await scope.head.release(lease.epoch);
  } catch (error) {
    // Who holds the lease has looked.
    if (!(error instanceof ScopeBusyError) || error.reason !== 'held') throw error;
  }
}

/** Ends a restore: removes what no file declares and says that graph and state are one again. */
async function settle(scope: Scope): Promise<number> {
  const lease = await takeLease(scope);
  try {
    const swept = await sweepUndeclared(scope, lease);
    await scope.head.settle(lease.epoch);
    return swept;
  } finally {
    await scope.head.release(lease.epoch);
  }
}

async function* listed(scope: Scope): AsyncGenerator<Listed[]> {
  let token: string | undefined;
  do {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const page: ListObjectsV2CommandOutput = await scope.s3.send(
      new ListObjectsV2Command({ Bucket: scope.bucket, ...next }),
    );
    const objects = (page.Contents ?? []).map(({ Key = '', ETag = '' }) => ({ key: Key, etag: ETag }));
    yield objects.filter(({ key }) => !isIgnoredKey(key) && scope.sourceOf(key) !== undefined);
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** Whether this very version was rejected by this very source: looking again would say the same. */
async function rejectedAlready(scope: Scope, { key, etag }: Listed): Promise<boolean> {
  const status = await scope.status.get(key);
  return status?.state === 'rejected' && status.etag === etag && status.source === scope.sourceOf(key)?.fingerprint;
}
