import { randomUUID } from 'node:crypto';
import {
  type Head,
  type HeadChanges,
  isFirstInLine,
  type LeaseTerms,
  NEW_HEAD,
  NO_LINE,
  type Waiting,
} from '../head.ts';
import type { HeadStore, Taken } from '../state-store.ts';
import type { DatabaseFile } from './database-file.ts';

/** The head of one scope: a row with its epoch and the rest as JSON. Each change is one transaction of SQLite. */
export class SqliteHead implements HeadStore {
  readonly #file: DatabaseFile;
  readonly #scope: string;

  constructor(file: DatabaseFile, scope: string) {
    this.#file = file;
    this.#scope = scope;
  }

  async read(): Promise<Head | null> {
    return this.#read();
  }

  async take({ holder, since = Date.now(), until, definition, deploy }: LeaseTerms): Promise<Taken> {
    return this.#file.transaction(() => {
      const head = this.#read() ?? { ...NEW_HEAD, store: randomUUID() };
      const isFree = head.holder === null || head.holder === holder || head.until < Date.now();
      const isNext = isFirstInLine(head, { holder, since });
      const isOwn = isNext && !head.closed && (head.definition === null || head.definition === definition);
      if (deploy === undefined ? !(isFree && isOwn) : !(isFree || deploy.insist)) return { taken: false, head };
      const epoch = head.epoch + 1;
      // A buried head's identity is gone: the state begins anew.
      const store = head.store === '' ? randomUUID() : head.store;
      const opened = deploy === undefined ? {} : { closed: false, ...(deploy.resync && { resync: epoch }) };
      const next: Head = { ...head, ...NO_LINE, holder, until, definition, epoch, store, ...opened };
      this.#write(next);
      return { taken: true, head: next };
    });
  }

  async lineUp({ holder, since, until }: Waiting): Promise<void> {
    this.#file.transaction(() => {
      const head = this.#read();
      if (head === null || !isFirstInLine(head, { holder, since })) return;
      this.#write({ ...head, next: holder, nextSince: since, nextUntil: until });
    });
  }

  async change(epoch: number, changes: HeadChanges): Promise<boolean> {
    return this.#file.transaction(() => {
      const head = this.#read();
      if (head?.epoch !== epoch) return false;
      this.#write({ ...head, ...changes });
      return true;
    });
  }

  /** Leaves nothing but that the scope is closed, and the epoch: a late worker with an older one commits nothing. */
  bury(): void {
    this.#file.transaction(() => {
      this.#write({ ...NEW_HEAD, epoch: this.#read()?.epoch ?? 0, closed: true });
    });
  }

  #read(): Head | null {
    const row = this.#file.get<{ head: string }>('SELECT head FROM heads WHERE scope = ?', this.#scope);
    return row === undefined ? null : { ...NEW_HEAD, ...(JSON.parse(row.head) as Head) };
  }

  #write(head: Head): void {
    const sql =
      'INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch, head = excluded.head';
    this.#file.run(sql, this.#scope, head.epoch, JSON.stringify(head));
  }
}
