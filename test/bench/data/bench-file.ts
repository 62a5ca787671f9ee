/** A file of a benchmark, with its records. */
export interface BenchFile {
  readonly key: string;
  readonly records: readonly object[];
}

/** Records of one file, as the issue of every measurement: more or fewer per file change what is measured. */
export const RECORDS_PER_FILE = 2_000;

/** Cuts records into files named `<folder>/<number>.ndjson`. */
export function filesOf(folder: string, records: readonly object[], size = RECORDS_PER_FILE): BenchFile[] {
  return Array.from({ length: Math.ceil(records.length / size) }, (_, i) => ({
    key: `${folder}/${String(i).padStart(5, '0')}.ndjson`,
    records: records.slice(i * size, (i + 1) * size),
  }));
}

/** Returns the file's bytes. */
export function textOf({ records }: BenchFile): string {
  return records.map(record => `${JSON.stringify(record)}\n`).join('');
}

/** Returns the files with every n-th of their records changed, by one property of each kind of record. */
export function changed(files: readonly BenchFile[], every: number): BenchFile[] {
  let at = 0;
  return files.map(({ key, records }) => ({
    key,
    records: records.map(record => {
      at += 1;
      if (at % every !== 0) return record;
      return 'weight' in record ? { ...record, weight: 2 } : { ...record, gloss: `changed ${at}` };
    }),
  }));
}
