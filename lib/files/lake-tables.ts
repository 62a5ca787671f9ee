import { type LakeTable, LOG_PREFIXES, lakeFoldersOf, lakeTableOf, mayBeLakeFile } from './keys/lake-table.ts';
import type { ObjectStore } from './object-store.ts';
import { type ReadVersion, RejectedObjectError } from './rejection.ts';

/** Keys of a folder of a log that are looked at: the first may be markers, or other files. */
const LOOKED_AT = 1_000;

/**
 * Tells which objects are data files of a table of Delta, Hudi or Iceberg: of those that stand in its folder only its log knows which
 * count. Asks the bucket, a folder once until it is to forget.
 */
export class LakeTables {
  readonly #objects: ObjectStore;
  #seen = new Map<string, Promise<LakeTable | null>>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** Forgets what was seen: what follows is asked of the bucket as it is now. */
  forget(): void {
    this.#seen = new Map();
  }

  /** Finds the table that an object is a file of; null: it is a file by itself. */
  async tableOf(key: string): Promise<LakeTable | null> {
    const own = lakeTableOf(key);
    if (own !== null || !mayBeLakeFile(key)) return own;
    const tables = await Promise.all(lakeFoldersOf(key).map(folder => this.#look(folder)));
    return tables.find(table => table !== null) ?? null;
  }

  async #look(folder: string): Promise<LakeTable | null> {
    const seen = this.#seen.get(folder) ?? this.#ask(folder);
    this.#seen.set(folder, seen);
    return await seen;
  }

  async #ask(folder: string): Promise<LakeTable | null> {
    const pages = await Promise.all(
      LOG_PREFIXES.map(prefix => this.#objects.list('', LOOKED_AT, `${folder}${prefix}`)),
    );
    const tables = pages.flatMap(({ objects }) => objects.map(({ key }) => lakeTableOf(key)));
    return tables.find(table => table?.folder === folder) ?? null;
  }
}

/** Says why a data file of a table is refused, and what to do. */
export function lakeRejection(
  bucket: string,
  key: string,
  version: ReadVersion,
  { format, folder, log }: LakeTable,
): RejectedObjectError {
  const problem =
    `it is in the folder of a ${format} table, ${folder || 'the bucket itself'}, whose log alone says which files count: those that the ` +
    `table has removed would come back. Export the table's rows as plain files to another folder and read these; or, if every ` +
    `file there is meant, delete ${log}`;
  return new RejectedObjectError({ bucket, key }, [{ problem }], { by: 'table', version });
}
