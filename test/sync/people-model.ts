import { type GraphContent, inOrder, type Properties } from './graph-content.ts';
import type { PeopleShape } from './people-flow.ts';

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
export function modelOf(files: Files, person: string, shape: PeopleShape = {}): GraphContent {
  const { age: hasAge = true, notes: hasNotes = true, shout = false } = shape;
  const people = winners(files, 'people/', ({ id }) => id).map(
    ({ age, ...record }): PeopleRecord => ({
      ...record,
      name: shout ? String(record.name).toUpperCase() : record.name,
      ...(hasAge && age !== undefined && { age }),
    }),
  );
  const notes = hasNotes ? winners(files, 'notes/', ({ id }) => id) : [];
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

/** For each row the record of its winner: the highest `rev`, then the greatest object key, there the last line. */
function winners(files: Files, folder: string, rowOf: (record: PeopleRecord) => unknown): PeopleRecord[] {
  const rows = new Map<string, Owned>();
  const objects = [...files].filter(([key]) => key.startsWith(folder)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, records] of objects) {
    const last = new Map(records.map(record => [JSON.stringify(rowOf(record)), record]));
    for (const [row, record] of last) {
      const version = Number(record.rev ?? 0);
      const present = rows.get(row);
      if (present === undefined || version >= present.version) rows.set(row, { version, key, record });
    }
  }
  return [...rows.values()].map(({ record }) => record);
}
