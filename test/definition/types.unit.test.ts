/** Promise: the compiler knows the types of keys, rows and records (`tsc` checks this file; running it shows that the rows are taken). */
import neo4j from 'neo4j-driver';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { ContextKey, type FileFormat, flow, type Graph, type KeyValue, TableSchema } from '../../lib/index.ts';

const { Date: NeoDate, LocalTime, Duration } = neo4j.types;

function inFlow<T>(define: (graph: Graph) => T): T {
  const made: T[] = [];
  flow(new ContextKey('types'), graph => {
    graph.nodeTable('Any');
    made.push(define(graph));
  });
  return made[0] as T;
}

describe('the type of a key', () => {
  it('is any key value without a schema, else the schema’s', () => {
    inFlow(graph => {
      const bare = graph.nodeTable('Bare');
      const person = graph.nodeTable('Person', {
        primaryKey: 'ssn',
        schema: TableSchema.from(z.object({ ssn: z.string() })),
      });
      const loose = graph.nodeTable('Loose', { schema: TableSchema.from(z.object({ id: z.unknown() })) });
      type Ends<T> = T extends { declareRelation(relation: infer R): unknown } ? R : never;
      const bareToPerson = graph.relationTable('A', bare, person);
      expectTypeOf<Ends<typeof bareToPerson>['fromId']>().toEqualTypeOf<KeyValue>();
      expectTypeOf<Ends<typeof bareToPerson>['toId']>().toEqualTypeOf<string>();
      const looseToBare = graph.relationTable('B', loose, bare);
      expectTypeOf<Ends<typeof looseToBare>['fromId']>().toEqualTypeOf<KeyValue>();
      expectTypeOf(bare.primaryKey).toEqualTypeOf<'id'>();
      expectTypeOf(person.primaryKey).toEqualTypeOf<'ssn'>();
      expectTypeOf(bareToPerson.primaryKey).toEqualTypeOf<'id'>();
      expect([bareToPerson.type, bareToPerson.primaryKey]).toEqual(['A', 'id']);
    });
  });
});

describe('an edge', () => {
  it('needs a record where the schema has a column that must be', () => {
    inFlow(graph => {
      const node = graph.nodeTable('N');
      const bare = graph.relationTable('BARE', node, node);
      const optional = graph.relationTable('OPTIONAL', node, node, {
        schema: TableSchema.from(z.object({ note: z.string().optional() })),
      });
      const keyed = graph.relationTable('KEYED', node, node, {
        schema: TableSchema.from(z.object({ id: z.string() })),
      });
      const full = graph.relationTable('FULL', node, node, { schema: TableSchema.from(z.object({ n: z.int() })) });
      const ends = { fromId: 1, toId: 'b' };
      for (const table of [bare, optional, keyed]) expect(table.declareRelation(ends).ends).toBeDefined();
      expect(full.declareRelation({ ...ends, record: { n: 1 } }).values.n).toBe(1n);
      // @ts-expect-error: n is missing
      expect(() => full.declareRelation(ends)).toThrow('FULL.n: got undefined');
      // @ts-expect-error: n is missing
      expect(() => full.declareRelation({ ...ends, record: {} })).toThrow('FULL.n: got undefined');
    });
  });
});

describe('a column of a date or time', () => {
  it('takes the driver’s values too, and those of no other type', () => {
    inFlow(graph => {
      const schema = TableSchema.from(
        z.object({
          id: z.string(),
          day: z.iso.date(),
          time: z.iso.time().nullish(),
          at: z.iso.datetime().optional(),
          long: z.iso.duration().default('P1D'),
          date: z.date().nullable(),
          name: z.string().optional(),
        }),
      );
      const event = graph.nodeTable('Event', { schema });
      const texts = { id: 'a', day: '2024-02-29', long: 'P1D', date: new Date(0) };
      expect(event.declareRecord(texts).values.day).toEqual(new NeoDate(2024, 2, 29));
      const values = event.declareRecord({
        id: 'a',
        day: new NeoDate(2024, 2, 29),
        time: new LocalTime(1, 2, 3, 0),
        at: new Date(0),
        long: new Duration(0, 1, 0, 0),
        date: '1970-01-01T00:00:00Z',
      });
      expect(values.fingerprint).toBe(
        event.declareRecord({ ...texts, time: '01:02:03', at: '1970-01-01T00:00:00Z' }).fingerprint,
      );
      // @ts-expect-error: a time is no date
      expect(() => event.declareRecord({ ...texts, day: new LocalTime(1, 2, 3, 0) })).toThrow('Event.day');
      // @ts-expect-error: a name is text
      expect(() => event.declareRecord({ ...texts, name: new NeoDate(2024, 2, 29) })).toThrow('Event.name');
    });
  });
});

describe('the record of a source', () => {
  it('is what the schema gives, else what the format reads', () => {
    inFlow(graph => {
      const format: FileFormat = { extensions: [], contentTypes: [], async *read() {} };
      graph.source('1', { format: 'text' }, record => {
        expectTypeOf(record).toEqualTypeOf<{ readonly text: string }>();
        return null;
      });
      graph.source('2', { format: 'bytes' }, record => {
        expectTypeOf(record).toEqualTypeOf<{ readonly bytes: Uint8Array<ArrayBuffer> }>();
        return null;
      });
      graph.source('3', { format: 'csv' }, record => {
        expectTypeOf(record.anything).toEqualTypeOf<string | undefined>();
        return null;
      });
      graph.source('4', { format: 'parquet' }, record => {
        expectTypeOf(record).toEqualTypeOf<Readonly<Record<string, unknown>>>();
        return null;
      });
      graph.source('5', {}, record => {
        expectTypeOf(record.anything).toEqualTypeOf<unknown>();
        return null;
      });
      graph.source('6', { format }, record => {
        expectTypeOf(record).toEqualTypeOf<unknown>();
        return null;
      });
      graph.source('7', { format: 'text', record: z.object({ text: z.coerce.number() }) }, record => {
        expectTypeOf(record).toEqualTypeOf<{ text: number }>();
        return null;
      });
      expect(graph.sources.map(({ glob }) => glob)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    });
  });
});
