import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const record = z.object({ id: z.string(), v: z.array(z.number()).optional() });
  const doc = graph.nodeTable('Doc', { schema: TableSchema.from(record) });
  doc.vectorIndex({ field: 'v', dimension: 2, metric: 'cosine' });
  graph.source('*.ndjson', { record, onInvalid: 'skip' }, row => doc.declareRecord(row));
};
