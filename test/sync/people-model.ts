import { type GraphContent, inOrder, type Properties } from './graph-content.ts';

/** A record of the people flow: see `peopleFlow`. */
export type PeopleRecord = Properties;

/** The bucket's content: object key -> records. */
export type Files = ReadonlyMap<string, readonly PeopleRecord[]>;

interface Owned {
  readonly version: number;
  readonly key: string;
  readonly record: PeopleRecord;
}

/** The graph that some files declare, worked out from their content alone: written to be obvious, not fast. */
export function modelOf(files: Files, person: string): GraphContent {
  const people = winners(files, 'people/', ({ id }) => id);
  const notes = winners(files, 'notes/', ({ id }) => id);
  const knows = winners(files, 'knows/', ({ id, from, to }) => (id === undefined ? [from, to] : id)).map(
    ({ id, from, to, ...rest }) => {
      const properties = { id: id ?? `${person}_${from}_${person}_${to}`, ...rest };
      return { from, to, properties };
    },
  );
  const ids = new Set(people.map(({ id }) => id));
  const ends = new Set(knows.flatMap(({ from, to }) => [from, to]));
  const stubs = [...ends].filter(id => !ids.has(id)).map(id => ({ id }));
  return inOrder({ people: [...people, ...stubs], notes, knows });
}

/** For each row the record of its winner: the highest `rev`, in one file as in many; then the greatest object key, there the last line. */
function winners(files: Files, folder: string, rowOf: (record: PeopleRecord) => unknown): PeopleRecord[] {
  const rows = new Map<string, Owned>();
  const objects = [...files].filter(([key]) => key.startsWith(folder)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, records] of objects) {
    for (const record of records) {
      const row = JSON.stringify(rowOf(record));
      const version = Number(record.rev ?? 0);
      const present = rows.get(row);
      if (present === undefined || version >= present.version) rows.set(row, { version, key, record });
    }
  }
  return [...rows.values()].map(({ record }) => record);
}
