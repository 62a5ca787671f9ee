import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { NEW_HEAD } from '../../lib/state/head.ts';
import type { ListedNode, ScopeStore, StateStore } from '../../lib/state/state-store.ts';
import { contentHash } from '../../lib/values/hash.ts';

const minute = 60_000;

/** What every store of tracked state must do, as its interface says. @param open gives an empty store */
export function stateStoreContract(open: () => Promise<StateStore>): void {
  let store: StateStore;
  let scope: ScopeStore;
  beforeEach(async () => {
    store = await open();
    scope = store.scope('kg@neo4j');
  });

  const worker = (holder: string, definition = 'd', until = Date.now() + minute) => ({ holder, definition, until });

  describe('the lease', () => {
    it('is taken from a scope that was never used, with a new store identity', async () => {
      expect(await scope.head.read()).toBeNull();
      const terms = worker('a');
      const { taken, head } = await scope.head.take(terms);
      expect(taken).toBe(true);
      expect(head).toEqual({ ...NEW_HEAD, ...terms, epoch: 1, store: expect.stringMatching(/.{20,}/) });
      expect(await scope.head.read()).toEqual(head);
    });

    it('is one worker’s at a time, that worker’s again, and another’s when it is over', async () => {
      const first = await scope.head.take(worker('a'));
      expect(await scope.head.take(worker('b'))).toEqual({ taken: false, head: first.head });
      expect(await scope.head.take(worker('a'))).toMatchObject({ taken: true, head: { epoch: 2 } });
      await scope.head.change(2, { until: Date.now() - 1 });
      const { store: identity } = first.head;
      expect(await scope.head.take(worker('b'))).toMatchObject({ taken: true, head: { epoch: 3, store: identity } });
    });

    it('goes to one of many that want it at once', async () => {
      const all = await Promise.all(Array.from({ length: 8 }, (_, n) => scope.head.take(worker(`w${n}`))));
      expect(all.filter(({ taken }) => taken)).toHaveLength(1);
      expect(await scope.head.read()).toMatchObject({ epoch: 1 });
    });

    it('goes to the one that waits longest, as long as that says so, and then to any', async () => {
      const now = Date.now();
      await scope.head.take(worker('a'));
      await scope.head.lineUp({ holder: 'late', since: now - 1_000, until: now + minute });
      await scope.head.lineUp({ holder: 'early', since: now - 2_000, until: now + minute });
      await scope.head.lineUp({ holder: 'late', since: now - 1_000, until: now + minute });
      expect(await scope.head.read()).toMatchObject({ next: 'early', nextSince: now - 2_000, nextUntil: now + minute });
      await scope.head.change(1, { holder: null });
      expect(await scope.head.take({ ...worker('late'), since: now - 1_000 })).toMatchObject({ taken: false });
      expect(await scope.head.take(worker('new'))).toMatchObject({ taken: false });
      expect(await scope.head.take({ ...worker('early'), since: now - 2_000 })).toMatchObject({
        taken: true,
        head: { next: null },
      });
      await scope.head.change(2, { holder: null });
      await scope.head.lineUp({ holder: 'dead', since: now - 3_000, until: now - 1 });
      expect(await scope.head.take(worker('new'))).toMatchObject({ taken: true });
      await scope.head.change(3, { holder: null });
      await scope.head.lineUp({ holder: 'late', since: now - 1_000, until: now + minute });
      const deploy = { ...worker('deploy', 'next'), deploy: { resync: false, insist: false } };
      expect(await scope.head.take(deploy)).toMatchObject({ taken: true, head: { next: null } });
    });

    it('stays with the one that has it, though another waits', async () => {
      const now = Date.now();
      await scope.head.take(worker('a'));
      await scope.head.lineUp({ holder: 'b', since: now - 1_000, until: now + minute });
      expect(await scope.head.take({ ...worker('a'), since: now })).toMatchObject({ taken: true, head: { epoch: 2 } });
    });

    it('is refused to another definition, and in a closed scope', async () => {
      await scope.head.take(worker('a', 'd'));
      await scope.head.change(1, { holder: null });
      const other = await scope.head.take(worker('b', 'other'));
      expect(other).toMatchObject({ taken: false, head: { definition: 'd', closed: false } });
      await scope.head.change(1, { closed: true });
      expect(await scope.head.take(worker('b', 'd'))).toMatchObject({ taken: false, head: { closed: true } });
    });

    it('goes to a deploy with its definition, which opens the scope and waits for a worker unless it insists', async () => {
      await scope.head.take(worker('a', 'd'));
      await scope.head.change(1, { closed: true });
      const deploy = { ...worker('deploy', 'next'), deploy: { resync: false, insist: false } };
      expect(await scope.head.take(deploy)).toMatchObject({ taken: false, head: { holder: 'a' } });
      const insisting = { ...deploy, deploy: { resync: true, insist: true } };
      expect(await scope.head.take(insisting)).toMatchObject({
        taken: true,
        head: { holder: 'deploy', definition: 'next', epoch: 2, closed: false, resync: 2 },
      });
    });
  });

  describe('the head', () => {
    it('is changed by the epoch that has it, and by no other', async () => {
      await scope.head.take(worker('a'));
      const changes = {
        root: 'r',
        pending: 'p',
        resync: 1,
        resyncBegun: 1,
        hasUntrackedRows: true,
        mayRemove: true,
        epoch: 7,
      };
      expect(await scope.head.change(1, changes)).toBe(true);
      expect(await scope.head.read()).toMatchObject(changes);
      expect(await scope.head.change(1, { root: 'other' })).toBe(false);
      const none = {
        pending: null,
        resync: null,
        resyncBegun: null,
        hasUntrackedRows: false,
        mayRemove: false,
        holder: null,
        root: '',
      };
      expect(await scope.head.change(7, none)).toBe(true);
      expect(await scope.head.read()).toMatchObject({ ...none, epoch: 7 });
    });

    it('of one scope is not that of another', async () => {
      await scope.head.take(worker('a'));
      expect(await store.scope('kg@other').head.read()).toBeNull();
    });
  });

  describe('nodes', () => {
    const nodes = Array.from({ length: 260 }, (_, n) => ({ hash: contentHash(`${n}`), text: `text ${n}` }));
    const listed = async (after?: string) => {
      const all: ListedNode[] = [];
      for await (const page of scope.nodes.list(after)) all.push(...page.nodes);
      return all;
    };

    it('are found by hash, those that are there', async () => {
      await scope.nodes.put(nodes);
      const hashes = nodes.map(({ hash }) => hash);
      expect(await scope.nodes.find([...hashes, 'none', ...hashes])).toEqual(
        new Map(nodes.map(({ hash, text }) => [hash, text])),
      );
      expect(await store.scope('kg@other').nodes.find(hashes)).toEqual(new Map());
    });

    it('keep their text, whatever characters it has', async () => {
      const text = 'a\u0000b\n\u{1F600}\u2028\ufeff"\\';
      await scope.nodes.put([{ hash: 'h', text }]);
      expect(await scope.nodes.find(['h'])).toEqual(new Map([['h', text]]));
    });

    it('are listed with the time of their last put, and deleted if that is still it', async () => {
      const before = Date.now();
      await scope.nodes.put(nodes);
      const all = await listed();
      expect(all.map(({ hash }) => hash).sort()).toEqual(nodes.map(({ hash }) => hash).sort());
      expect(all.every(({ at }) => at >= before && at <= Date.now())).toBe(true);
      const [renewed, deleted] = all as [ListedNode, ListedNode];
      while (Date.now() === renewed.at) await sleep(1);
      await scope.nodes.put(nodes.filter(({ hash }) => hash === renewed.hash));
      expect(await scope.nodes.delete(renewed)).toBe(false);
      expect(await scope.nodes.delete(deleted)).toBe(true);
      expect((await listed()).length).toBe(nodes.length - 1);
    });
  });

  it('nodes are listed in pages, and from any page on', async () => {
    await scope.nodes.put(Array.from({ length: 2_600 }, (_, n) => ({ hash: contentHash(`${n}`), text: '' })));
    const all = new Set<string>();
    let position: string | null = null;
    let pages = 0;
    do {
      for await (const page of scope.nodes.list(position ?? undefined)) {
        for (const { hash } of page.nodes) {
          expect(all.has(hash)).toBe(false);
          all.add(hash);
        }
        position = page.position;
        pages += 1;
        if (pages % 2 === 0) break;
      }
    } while (position !== null);
    expect(all.size).toBe(2_600);
    expect(pages).toBeGreaterThan(3);
  });

  it('positions of long work are kept by name, whatever their size, until they are deleted', async () => {
    expect(await scope.positions.get('work')).toBeNull();
    const large = Buffer.alloc(900_001, 'abc');
    await scope.positions.put('work', large);
    await scope.positions.put('other', Buffer.from('o'));
    expect(Buffer.compare(Buffer.from((await scope.positions.get('work')) ?? []), large)).toBe(0);
    await scope.positions.put('work', Buffer.from('small'));
    expect(Buffer.from((await scope.positions.get('work')) ?? []).toString()).toBe('small');
    await scope.positions.delete('work');
    expect(await scope.positions.get('work')).toBeNull();
    expect(await scope.positions.get('other')).not.toBeNull();
  });

  describe('memos', () => {
    const result = (text: string, until = Date.now() + minute) => ({ bytes: Buffer.from(text), until });
    const hashOf = (n: number) => contentHash(`${n}`);
    const read = async (source: string, hash: string, of = scope) => {
      const found = await of.memos.get(source, hash);
      return found && Buffer.from(found.bytes).toString();
    };

    it('are kept by source and hash, each until its time is over', async () => {
      const all = Array.from({ length: 130 }, (_, n) => n);
      await Promise.all(all.map(n => scope.memos.put('s', hashOf(n), result(`result ${n}`))));
      await scope.memos.put('other', hashOf(1), result('of the other'));
      await scope.memos.put('s', hashOf(2), result('over', Date.now() - minute));
      expect(await Promise.all(all.map(n => read('s', hashOf(n))))).toEqual(
        all.map(n => (n === 2 ? null : `result ${n}`)),
      );
      expect(await read('other', hashOf(1))).toBe('of the other');
      expect(await read('s', hashOf(1000))).toBeNull();
      expect(await read('s', hashOf(1), store.scope('kg@other'))).toBeNull();
    });

    it('say until when they are kept, to the second, and are replaced', async () => {
      const until = Date.now() + minute;
      await Promise.all(['one', 'two', 'one'].map(text => scope.memos.put('s', 'h', result(text, until))));
      await scope.memos.put('s', 'h', result('later', until + minute));
      const found = await scope.memos.get('s', 'h');
      expect(Math.abs((found?.until ?? 0) - until - minute)).toBeLessThanOrEqual(1000);
      expect(await read('s', 'h')).toBe('later');
    });

    it('have any size, none at all and some megabytes', async () => {
      const large = Buffer.alloc(3_000_001, 'abc');
      await Promise.all([
        scope.memos.put('s', 'large', { bytes: large, until: Date.now() + minute }),
        scope.memos.put('s', 'empty', result('')),
      ]);
      const [found, empty] = await Promise.all(['large', 'empty'].map(hash => scope.memos.get('s', hash)));
      expect(Buffer.compare(Buffer.from(found?.bytes ?? []), large)).toBe(0);
      expect(empty?.bytes).toHaveLength(0);
      await scope.memos.put('s', 'large', result('small'));
      expect(await read('s', 'large')).toBe('small');
    });

    it('are listed and forgotten by source, in parts where there is little time', async () => {
      const before = Date.now();
      const all = Array.from({ length: 2_600 }, (_, n) => hashOf(n));
      await Promise.all(all.map(hash => scope.memos.put('s', hash, result(''))));
      await scope.memos.put('t', 'h', result('t'));
      const listed = async () => (await scope.memos.sources()).map(({ source }) => source).sort();
      expect(await listed()).toEqual(['s', 't']);
      for (const { at } of await scope.memos.sources()) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(Date.now());
      }
      let parts = 1;
      while (!(await scope.memos.forget('s', 0))) parts += 1;
      expect(parts).toBeGreaterThan(2);
      expect(await listed()).toEqual(['t']);
      expect(await Promise.all(all.slice(0, 100).map(hash => read('s', hash)))).toEqual(Array(100).fill(null));
      expect(await read('t', 'h')).toBe('t');
      // Known again as soon as one is put.
      await scope.memos.put('s', 'h', result('s'));
      expect(await listed()).toEqual(['s', 't']);
    });
  });

  it('the retention log keeps each root until its time is over', async () => {
    const now = Date.now();
    await scope.retentionLog.add('kept', now + minute);
    await scope.retentionLog.add('over', now - minute);
    await scope.retentionLog.add('again', now - minute);
    await scope.retentionLog.add('again', now + minute);
    expect(new Set(await scope.retentionLog.roots())).toEqual(new Set(['kept', 'again']));
  });

  it('the retention log tells the last roots and how each was reached, the newest first', async () => {
    const until = Date.now() + minute;
    const log = scope.retentionLog;
    const moves = ['a', 'b', 'c'].map(from => ({ from, objects: 2, rows: 7, dropped: 1_700_000_000_000 }));
    const begun = Date.now();
    for (const [n, move] of moves.entries()) {
      await log.add(`root${n}`, until, move);
      await sleep(2);
    }
    await log.add('root2', until);
    const recent = await log.recent(3);
    expect(recent.map(({ root, move }) => [root, move])).toEqual([
      ['root2', null],
      ['root2', moves[2]],
      ['root1', moves[1]],
    ]);
    for (const { at } of recent) expect(at).toBeGreaterThanOrEqual(begun);
  });

  it('status is kept by key, and listed in the order of keys', async () => {
    const status = (key: string) => ({ key, state: 'applied', etag: '"e"', source: 's', at: 'now' }) as const;
    for (const key of ['b', 'a/2', 'a/10']) await scope.status.put(status(key));
    expect(await scope.status.get('b')).toEqual(status('b'));
    expect(await scope.status.get('c')).toBeNull();
    expect([...(await scope.status.find(['c', 'b', 'a/2']))].sort()).toEqual([
      ['a/2', status('a/2')],
      ['b', status('b')],
    ]);
    const keys: string[] = [];
    for await (const { key } of scope.status.list()) keys.push(key);
    expect(keys).toEqual(['a/10', 'a/2', 'b']);
    // Together, and one of them twice: the last one wins.
    const later = [
      ...Array.from({ length: 60 }, (_, i) => status(`many/${i}`)),
      { ...status('b'), etag: '"f"' },
      status('a/2'),
    ];
    await Promise.all([status('b'), ...later].map(one => scope.status.put(one)));
    const read = await Promise.all(['b', 'many/59', 'none', 'b'].map(key => scope.status.get(key)));
    expect(read).toEqual([{ ...status('b'), etag: '"f"' }, status('many/59'), null, { ...status('b'), etag: '"f"' }]);
  });

  it('the deployment that was put last is in force, until it is deleted', async () => {
    const put = async (name: string, id: string) => {
      await store.scope(name).deployments.put(id, { secretId: `s-${id}`, queueUrl: 'q', definition: id });
      await sleep(2);
    };
    for (const id of ['old', 'new', 'old']) await put('kg@neo4j', id);
    await put('kg@other', 'moved');
    expect(await scope.deployments.list()).toMatchObject([
      { id: 'new', definition: 'new' },
      { id: 'old', definition: 'old' },
    ]);
    const context = { queueUrl: 'q', secretId: 's-moved', database: 'other' };
    expect(await store.contexts()).toEqual(new Map([['kg', context]]));
    await store.scope('kg@other').deployments.delete('moved');
    expect((await store.contexts()).get('kg')).toMatchObject({ database: 'neo4j', secretId: 's-old' });
  });

  it('a scope that is forgotten is closed, keeps its epoch, and has nothing else', async () => {
    await scope.head.take(worker('a'));
    await scope.head.change(1, {
      root: 'r',
      pending: 'p',
      resync: 1,
      resyncBegun: 1,
      hasUntrackedRows: true,
      mayRemove: true,
    });
    await scope.nodes.put([{ hash: 'h', text: 't' }]);
    await scope.retentionLog.add('r', Date.now() + minute);
    await scope.status.put({ key: 'k', state: 'applied', etag: '', source: '', at: '' });
    await scope.deployments.put('id', { secretId: 's', queueUrl: 'q', definition: 'd' });
    await scope.positions.put('work', Buffer.from('p'));
    await scope.memos.put('s', 'h', { bytes: Buffer.from('r'), until: Date.now() + minute });
    expect(await scope.forget(Number.POSITIVE_INFINITY)).toBe(true);
    expect(await scope.forget(Number.POSITIVE_INFINITY)).toBe(true);
    expect(await scope.head.read()).toEqual({ ...NEW_HEAD, epoch: 1, closed: true });
    expect(await scope.nodes.find(['h'])).toEqual(new Map());
    expect(await scope.retentionLog.roots()).toEqual([]);
    expect(await scope.positions.get('work')).toBeNull();
    expect(await scope.memos.get('s', 'h')).toBeNull();
    expect(await scope.memos.sources()).toEqual([]);
    expect(await scope.status.get('k')).toBeNull();
    expect(await scope.deployments.list()).toMatchObject([{ id: 'id' }]);
    expect(await scope.head.take(worker('b'))).toMatchObject({ taken: false });
  });

  it('a scope is forgotten in parts where there is little time, the head with the last', async () => {
    await scope.head.take(worker('a'));
    await scope.nodes.put(Array.from({ length: 2_600 }, (_, n) => ({ hash: contentHash(`${n}`), text: '' })));
    let parts = 1;
    for (; !(await scope.forget(0)); parts += 1) expect(await scope.head.read()).toMatchObject({ holder: 'a' });
    expect(parts).toBeGreaterThan(2);
    for await (const { nodes } of scope.nodes.list()) expect(nodes).toEqual([]);
    expect(await scope.head.read()).toMatchObject({ holder: null, closed: true });
  });
}
