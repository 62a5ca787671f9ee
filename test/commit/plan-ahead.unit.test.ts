/** Promise: what was planned ahead is used if all is as it was thought to be, and in no other case. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type BatchBasis, PlanAhead } from '../../lib/commit/plan-ahead.ts';
import { prepareBatch } from '../../lib/reconcile/batch.ts';
import { NodeStage } from '../../lib/state/node-stage.ts';
import { EMPTY } from '../../lib/state/tree.ts';
import { person, rowsOf, tables, versionOf } from '../reconcile/life.ts';

const stage = () => new NodeStage({ load: async () => new Map(), remember: () => {} });
const change = (key: string) => ({ key, version: versionOf(rowsOf([person.declareRecord({ id: key, v: 1 })]), false) });
const [a, b] = [change('a'), change('b')];

const basis: BatchBasis = {
  root: { tables: new Map(), objects: EMPTY },
  rootHash: EMPTY,
  tables,
  changes: [a, b],
  runnersUp: new Map(),
  restore: [],
  maxRows: 10,
  maxBytes: 1_000,
};

function begun(on: BatchBasis = basis): PlanAhead {
  const ahead = new PlanAhead();
  void ahead.begin(on, { stage: stage(), nodes: [], renew: async () => {} });
  return ahead;
}

describe('a batch that was planned ahead', () => {
  it('is the one that would be planned now, and is used once', async () => {
    const ahead = begun();
    const planned = await ahead.take({ ...basis, changes: [...basis.changes] });
    const now = await prepareBatch(stage(), basis);
    expect(planned?.prepared.kind).toBe('ready');
    expect(planned?.prepared).toEqual(now);
    expect(await ahead.take(basis)).toBeNull();
  });

  const rows = new Map([['a', new Map([['r', null]])]]);
  const restore = [{ table: 'node:Person', row: 'r' }];
  it.each<[string, Partial<BatchBasis>]>([
    ['another root', { rootHash: 'another' }],
    ['fewer objects', { changes: [a] }],
    ['another version of an object', { changes: [a, change('b')] }],
    ['another order', { changes: [b, a] }],
    ['less room for rows', { maxRows: 5 }],
    ['less room for bytes', { maxBytes: 500 }],
    ['values from elsewhere', { runnersUp: rows }],
    ['rows to restore', { restore }],
  ])('is thrown away where there is %s', async (_, other) => {
    expect(await begun().take({ ...basis, ...other })).toBeNull();
    expect(await begun({ ...basis, ...other }).take(basis)).toBeNull();
  });

  it.each<[string, Partial<BatchBasis>]>([
    ['values from elsewhere', { runnersUp: rows }],
    ['rows to restore', { restore }],
  ])('is not even planned with %s', async (_, more) => {
    let loads = 0;
    const renew = async () => {
      loads += 1;
    };
    void new PlanAhead().begin({ ...basis, ...more }, { stage: stage(), nodes: [], renew });
    await sleep(10);
    expect(loads).toBe(0);
  });

  it('neither goes on nor renews a lease when it is forgotten', async () => {
    const ahead = new PlanAhead();
    let loads = 0;
    const renew = async () => {
      loads += 1;
      ahead.forget();
    };
    const now = await prepareBatch(stage(), basis);
    if (now.kind !== 'ready') return expect.unreachable();
    const { root, rootHash, nodes } = now;
    const after = { ...basis, root, rootHash, changes: [change('a'), change('c')] };
    void ahead.begin(after, { stage: stage(), nodes, renew });
    await sleep(10);
    expect(loads).toBe(1);
    void ahead.begin(after, { stage: stage(), nodes, renew });
    ahead.forget();
    await sleep(10);
    expect(loads).toBe(1);
  });

  it('goes on to read what it needs when it was taken', async () => {
    const ahead = begun();
    const planned = await ahead.take(basis);
    ahead.forget();
    expect(await planned?.stage.load([])).toEqual([]);
  });

  it('is used again once all values from elsewhere are applied', async () => {
    const applied = { ...basis, runnersUp: new Map([['a', new Map()]]) };
    expect(await begun(applied).take(applied)).not.toBeNull();
  });

  it('is thrown away when it is told so, or could not be planned', async () => {
    const ahead = begun();
    ahead.forget();
    expect(await ahead.take(basis)).toBeNull();
    // The root names a node that isn't there.
    const broken = { ...basis, root: { ...basis.root, objects: `${'x'.repeat(24)}` } };
    expect(await begun(broken).take(broken)).toBeNull();
  });
});
