/** Promise: a SQLite file keeps tracked state as the interface of a store says, for several processes at a time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SqliteState, sqliteState } from '../../lib/state/sqlite/sqlite-state.ts';
import { stateStoreContract } from './state-store-contract.ts';

let folder: string;
let count = 0;
const opened: SqliteState[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdrop-sqlite-'));
});
afterAll(async () => {
  for (const state of opened) state.close();
  await rm(folder, { recursive: true });
});

/** Opens a state; the same number twice: as two processes would. */
function open(number: number): SqliteState {
  const state = sqliteState(join(folder, `${number}`, 'state.sqlite'));
  opened.push(state);
  return state;
}

stateStoreContract(async () => {
  count += 1;
  return open(count);
});

it('two processes see one state, and one of them gets the lease', async () => {
  const [one, other] = [open(0).scope('kg@neo4j'), open(0).scope('kg@neo4j')];
  const terms = { definition: 'd', until: Date.now() + 60_000 };
  expect((await one.head.take({ ...terms, holder: 'one' })).taken).toBe(true);
  expect((await other.head.take({ ...terms, holder: 'other' })).taken).toBe(false);
  await one.nodes.put([{ hash: 'h', text: 't' }]);
  expect(await other.nodes.find(['h'])).toEqual(new Map([['h', 't']]));
  expect(await other.head.change(1, { holder: null })).toBe(true);
  expect((await other.head.take({ ...terms, holder: 'other' })).head.epoch).toBe(2);
  expect(await one.head.change(1, { root: 'late' })).toBe(false);
});

it('a file that is no database is told by its path, with what to do', async () => {
  const path = join(folder, 'damaged.sqlite');
  await writeFile(path, 'damage'.repeat(1_000));
  expect(() => sqliteState(path)).toThrow(new RegExp(`^${path} can't be opened .*not a database.*--take-over`));
});
