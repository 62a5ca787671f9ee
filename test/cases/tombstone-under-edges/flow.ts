import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

const Change = z.object({
  op: z.enum(['put', 'delete']),
  id: z.int().optional(),
  from: z.int().optional(),
  to: z.int().optional(),
  at: z.iso.datetime(),
});

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person', {
    schema: TableSchema.from(z.object({ id: z.int(), at: z.iso.datetime() })),
    versionBy: 'at',
  });
  const knows = graph.relationTable('KNOWS', person, person, {
    schema: TableSchema.from(z.object({ at: z.iso.datetime() })),
    versionBy: 'at',
  });
  graph.source('*.ndjson', { record: Change }, ({ op, id, from, to, at }) => {
    if (id !== undefined)
      return op === 'put' ? person.declareRecord({ id, at }) : person.declareAbsent({ id, version: at });
    const ends = { fromId: from ?? 0, toId: to ?? 0 };
    return op === 'put' ? knows.declareRelation({ ...ends, record: { at } }) : knows.declareAbsent({ ...ends, at });
  });
};
