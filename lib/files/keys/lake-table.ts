/** Folders by which formats of tables say which of the data files beside them count, and what in them shows it. */
const LOGS: readonly { readonly format: string; readonly folder: string; readonly log: RegExp }[] = [
  { format: 'Delta', folder: '_delta_log/', log: /^(.*?)(?:^|\/)_delta_log\/./ },
  { format: 'Hudi', folder: '.hoodie/', log: /^(.*?)(?:^|\/)\.hoodie\/./ },
  {
    format: 'Iceberg',
    folder: 'metadata/',
    log: /^(.*?)(?:^|\/)metadata\/(?:snap-[^/]*\.avro|(?:v\d+|\d+-[^/]+)\.metadata\.json(?:\.gz)?)$/,
  },
];

/** What the keys in a table's folder begin with that show its format. Every Iceberg table with data has a `snap-`. */
export const LOG_PREFIXES: readonly string[] = [...LOGS.map(({ folder }) => folder), 'metadata/snap-'];

/** A table whose files can't be read one by one. */
export interface LakeTable {
  readonly format: string;
  /** Its folder in the bucket, with `/` at the end; empty: the bucket itself. */
  readonly folder: string;
  /** The folder of its log. */
  readonly log: string;
}

/** Returns the table of which an object is the log; null: it is of none. */
export function lakeTableOf(key: string): LakeTable | null {
  for (const { format, folder: name, log } of LOGS) {
    const parent = log.exec(key)?.[1];
    if (parent === undefined) continue;
    const folder = parent === '' ? '' : `${parent}/`;
    return { format, folder, log: `${folder}${name}` };
  }
  return null;
}

/** Tells whether an object may be a data file of a table: of those formats only Parquet is read here. */
export function mayBeLakeFile(key: string): boolean {
  return /\.parquet$/i.test(key);
}

/** Lists the folders that may be the table's of which a key is a file: a folder named `a=b` is a partition of one. */
export function lakeFoldersOf(key: string): string[] {
  const parts = key.split('/').slice(0, -1);
  const folders = parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
  return ['', ...folders.filter((_, index) => !parts[index]?.includes('='))];
}
