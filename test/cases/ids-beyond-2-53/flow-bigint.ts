import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const record = z.object({ id: z.coerce.bigint(), text: z.string() });
  const post = graph.nodeTable('Post', { schema: TableSchema.from(record) });
  graph.source('posts*.csv', { record }, row => post.declareRecord(row));
};
