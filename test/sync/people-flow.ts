import { z } from 'zod';
import { ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import { endingOf } from './world-name.ts';

const Person = z.object({ id: z.union([z.string(), z.number()]), name: z.string(), age: z.int().nullish() });
const Knows = z.object({ id: z.string().optional(), since: z.int().nullish() });

const PersonRecord = Person.extend({ rank: z.int().optional() });
const KnowsRecord = Knows.extend({
  from: z.union([z.string(), z.number()]),
  to: z.union([z.string(), z.number()]),
});

/** Labels of one test at a time: tests share a database. */
export interface PeopleLabels {
  readonly person: string;
  readonly knows: string;
  readonly note: string;
}

/** Returns the labels of a flow. @param name of a world, or any other */
export function peopleLabels(name: string): PeopleLabels {
  const ending = endingOf(name);
  return { person: `Person_${ending}`, knows: `KNOWS_${ending}`, note: `Note_${ending}` };
}

/** How a definition of the people flow differs from the usual one. */
export interface PeopleShape {
  /** Whether people have the column `age`. Default true. */
  readonly age?: boolean;
  /** Whether there are notes. Default true. */
  readonly notes?: boolean;
  /** Whether names are told in capitals. Default false. */
  readonly shout?: boolean;
}

/**
 * People (with a schema), their acquaintances, and notes (without a schema, the highest `rev` wins).
 *
 * - `people/*.ndjson`: `{ id, name, age? }`
 * - `knows/*.ndjson`: `{ from, to, since?, id? }`
 * - `notes/*.ndjson`: `{ id, rev, ...anything }`
 */
export function peopleFlow(name: string, version = '1', shape: PeopleShape = {}): Flow {
  const labels = peopleLabels(name);
  const { age = true, notes = true, shout = false } = shape;
  return flow(new ContextKey(name), graph => {
    const person = graph.nodeTable(labels.person, {
      schema: TableSchema.from(age ? Person : (Person.omit({ age: true }) as unknown as typeof Person)),
    });
    const knows = graph.relationTable(labels.knows, person, person, {
      schema: TableSchema.from(Knows),
      onDuplicate: 'last',
    });
    graph.source('people/*.ndjson', { record: PersonRecord, version }, ({ rank: _, age: years, ...record }) =>
      person.declareRecord({
        ...record,
        name: shout ? record.name.toUpperCase() : record.name,
        ...(age && years !== undefined && { age: years }),
      }),
    );
    graph.source('knows/*.ndjson', { record: KnowsRecord, version }, ({ from, to, ...record }) =>
      knows.declareRelation({ fromId: from, toId: to, record }),
    );
    if (!notes) return;
    const note = graph.nodeTable<{ id: string; rev: number }>(labels.note, { versionBy: 'rev' });
    graph.source('notes/*.ndjson', { record: z.looseObject({ id: z.string(), rev: z.number() }) }, record =>
      note.declareRecord(record),
    );
  });
}

/** The same tables from one kind of file, `mixed/*.ndjson`: records with `from` are edges. */
export function mixedFlow(name: string): Flow {
  const labels = peopleLabels(name);
  return flow(new ContextKey(name), graph => {
    const person = graph.nodeTable(labels.person, { schema: TableSchema.from(Person) });
    const knows = graph.relationTable(labels.knows, person, person, {
      schema: TableSchema.from(Knows),
      onDuplicate: 'last',
    });
    graph.source('mixed/*.ndjson', { record: z.union([KnowsRecord, Person]) }, record => {
      if (!('from' in record)) return person.declareRecord(record);
      const { from, to, ...rest } = record;
      return knows.declareRelation({ fromId: from, toId: to, record: rest });
    });
  });
}
