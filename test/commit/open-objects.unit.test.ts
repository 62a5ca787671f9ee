/** Promise: each object is open until it is done, in the order in which objects came, but for those that are tried again. */
import { describe, expect, it } from 'vitest';
import { OpenObjects, rowsOf } from '../../lib/commit/open-objects.ts';
import type { SpooledRows } from '../../lib/reconcile/object-version.ts';
import { rowsOf as declared, person, versionOf } from '../reconcile/life.ts';

const change = (key: string, rows = 1) => ({
  key,
  version: versionOf(
    declared(Array.from({ length: rows }, (_, n) => person.declareRecord({ id: `${key}${n}`, v: 1 }))),
    false,
  ),
});
const keysOf = (open: OpenObjects) => open.list.map(({ key }) => key);

describe('open objects', () => {
  it('go when they are done, and those that were taken come at the end', () => {
    const open = new OpenObjects([change('a'), change('b')]);
    open.take([change('c')]);
    expect(keysOf(open)).toEqual(['a', 'b']);
    expect(open.following(new Set(['a'])).map(({ key }) => key)).toEqual(['b', 'c']);
    expect(open.join(new Set(['a']))).toBe(true);
    expect(keysOf(open)).toEqual(['b', 'c']);
    expect(open.join()).toBe(false);
    expect(keysOf(open)).toEqual(['b', 'c']);
  });

  it('are known when they are gone', () => {
    const open = new OpenObjects([change('a')]);
    open.remove(new Set(['a']));
    open.putFirst(change('b'));
    open.take([change('c')]);
    expect(['a', 'b', 'c', 'd'].map(key => open.hasHeld(key))).toEqual([true, true, true, false]);
  });

  it('are read anew in the place of another reading', () => {
    const open = new OpenObjects([change('a'), change('b')]);
    const again = change('b', 2);
    open.putFirst(again);
    expect(keysOf(open)).toEqual(['b', 'a']);
    expect(open.find('b')).toBe(again);
  });

  it('are tried again after all others, once for each success of another', () => {
    const open = new OpenObjects([change('a'), change('b')]);
    expect(open.postpone('a', 0)).toBe(true);
    expect(keysOf(open)).toEqual(['b', 'a']);
    expect([open.postpone('a', 0), open.isSuspect('a', 0), open.postponedSince(0)]).toEqual([false, false, 1]);
    expect([open.isSuspect('a', 1), open.isSuspect('b', 1), open.postponedSince(1)]).toEqual([true, false, 0]);
    expect(open.postpone('a', 1)).toBe(true);
    open.remove(new Set(['b']));
    expect([open.postpone('a', 2), open.postpone('b', 2)]).toEqual([false, false]);
  });

  it('have as many rows as they declare, and those that are spooled have them without number', () => {
    expect(rowsOf([change('a', 2), change('b', 3), { key: 'c', version: null }])).toBe(5);
    const { version } = change('d');
    expect(rowsOf([{ key: 'd', version: { ...version, spooled: {} as SpooledRows } }])).toBe(Number.POSITIVE_INFINITY);
  });
});
