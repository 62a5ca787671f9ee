/** A user's flow, of two files. */
import { ContextKey, flow, TableSchema } from 'graphdrop';
import { z } from 'zod';
import { upperCased } from './upper-cased.ts';

const Person = z.object({ id: z.string(), name: z.string() });

export default flow(new ContextKey('kg'), graph => {
  const person = graph.nodeTable('Person', { schema: TableSchema.from(Person) });
  graph.source('people/*.csv', { record: Person }, record =>
    // @ts-expect-error: the library's types are there
    record.age ? null : person.declareRecord({ ...record, name: upperCased(record.name) }),
  );
});
