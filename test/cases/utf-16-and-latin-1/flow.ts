import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const record = z.object({ id: z.string(), name: z.string().optional(), score: z.string().optional() });
  const person = graph.nodeTable('Person', { schema: TableSchema.from(record) });
  graph.source('*.csv', { record }, row => person.declareRecord(row));
};
