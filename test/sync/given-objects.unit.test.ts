/** Promise: what a commit takes beside its batches is noted, forgotten and given back in time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Applied } from '../../lib/commit/commit-outcome.ts';
import type { ObjectChange } from '../../lib/reconcile/object-diff.ts';
import { GivenObjects, type NoteObject } from '../../lib/sync/given-objects.ts';
import type { ObjectReads } from '../../lib/sync/object-reads.ts';
import { person, rowsOf, versionOf } from '../reconcile/life.ts';

function change(key: string): ObjectChange {
  const version = versionOf(rowsOf([person.declareRecord({ id: key, v: 1 })]), false);
  return { key, version: { ...version, skipped: [{ line: 1, value: '', problems: [], kinds: [] } as never] } };
}

const applied = (...keys: readonly string[]) =>
  new Map(keys.map(key => [key, { changed: true, entry: null, removed: 0, ends: undefined } satisfies Applied]));

/** Reads that have more of it than is asked for. */
function endless() {
  const released: string[] = [];
  let next = 0;
  const reads = {
    take: () => [change(`more ${next++}`)],
    release: (keys: Iterable<string>) => void released.push(...keys),
  } as unknown as ObjectReads;
  return { reads, released };
}

describe('given objects', () => {
  it('are taken no faster than they are noted', async () => {
    const { promise: isLet, resolve: go } = Promise.withResolvers<void>();
    const given = new GivenObjects([change('a')], async () => await isLet, endless().reads);
    expect(given.take(1)).toHaveLength(1);
    given.onApplied(applied('a'));
    expect(given.take(1)).toHaveLength(1);
    given.onApplied(applied('more 0'));
    expect(given.take(1)).toEqual([]);
    go();
    await sleep(1);
    expect(given.take(1)).toHaveLength(1);
    await given.close();
  });

  it('are taken no more once one can’t be noted, which is told in the end', async () => {
    let tries = 0;
    const fails: NoteObject = async () => {
      tries += 1;
      throw new Error('no table');
    };
    const given = new GivenObjects([change('a'), change('b')], fails, endless().reads);
    given.onApplied(applied('a'));
    given.onApplied(applied('b'));
    await sleep(1);
    expect(given.take(1)).toEqual([]);
    await expect(given.close()).rejects.toThrow('no table');
    expect(tries).toBe(1);
  });

  it('keep neither rows nor left-out records once they are noted, and what was left out is counted', async () => {
    const seen: number[] = [];
    const note: NoteObject = async (_key, _how, one) => {
      seen.push(one?.version?.rows.size ?? -1, one?.version?.skipped.length ?? -1);
    };
    const given = new GivenObjects([change('a')], note);
    given.onApplied(applied('a', 'a runner-up'));
    await given.close();
    // Of what was never given nothing is known.
    expect(seen).toEqual([0, 1, -1, -1]);
    const { rows, skipped } = given.get('a')?.version ?? {};
    expect([rows?.size, skipped?.length, given.skipped('a'), given.skipped('a runner-up')]).toEqual([0, 0, 1, 0]);
  });

  it('are in memory as long as the commit lasts, those that it began with', async () => {
    const { reads, released } = endless();
    const given = new GivenObjects([change('a')], async () => {}, reads);
    given.take(1);
    given.onApplied(applied('a', 'more 0'));
    expect(released).toEqual(['more 0']);
    await given.close();
  });
});
