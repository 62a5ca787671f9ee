import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const record = z.object({ id: z.string(), year: z.coerce.number<string>().int().optional() });
  const table = graph.nodeTable('Row', { schema: TableSchema.from(record) });
  graph.source('t/**/*.ndjson', { record, partitions: true }, row => table.declareRecord(row));
};
