import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const record = z.object({ id: z.string(), age: z.coerce.number<string>().int() });
  const patient = graph.nodeTable('Patient', { schema: TableSchema.from(record) });
  graph.source('*.csv', { record }, row => patient.declareRecord(row));
};
