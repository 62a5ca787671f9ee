import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FolderObjects } from '../../lib/bucket/folder/folder-objects.ts';
import type { ObjectStore } from '../../lib/files/object-store.ts';
import { DatabaseFile } from '../../lib/state/sqlite/database-file.ts';
import { type SqliteState, sqliteState } from '../../lib/state/sqlite/sqlite-state.ts';

/** Whether worlds keep objects in a folder and state in SQLite: `GRAPHDROP_STORES=embedded`. */
export const embedded = process.env.GRAPHDROP_STORES === 'embedded';

/** The stores of the embedded mode, of one world. */
export class FolderStores {
  readonly folder = mkdtempSync(join(tmpdir(), 'graphdrop-world-'));
  readonly #opened = new Map<string, SqliteState>();

  objects(): ObjectStore {
    return new FolderObjects(join(this.folder, 'objects'), 'objects');
  }

  /** Workers of this process share one: each call of SQLite is a moment that no other comes between. */
  state(table: string): SqliteState {
    const state = this.#opened.get(table) ?? sqliteState(join(this.folder, `${table}.sqlite`));
    this.#opened.set(table, state);
    return state;
  }

  async create(): Promise<void> {
    await mkdir(join(this.folder, 'objects'), { recursive: true });
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    const path = this.#pathOf(key);
    await mkdir(dirname(path), { recursive: true });
    // As a bucket does: nobody reads half of it.
    const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
    await writeFile(draft, body);
    await rename(draft, path);
  }

  async delete(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  async keys(): Promise<string[]> {
    const entries = await readdir(join(this.folder, 'objects'), { recursive: true, withFileTypes: true });
    const root = join(this.folder, 'objects', '/');
    return entries
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(root.length));
  }

  /** Works on the state as nobody but a test does: by SQL. */
  tamper<T>(table: string, work: (file: DatabaseFile) => T): T {
    const file = new DatabaseFile(join(this.folder, `${table}.sqlite`));
    try {
      return work(file);
    } finally {
      file.close();
    }
  }

  close(): void {
    for (const state of this.#opened.values()) state.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #pathOf(key: string): string {
    return join(this.folder, 'objects', ...key.split('/'));
  }
}
