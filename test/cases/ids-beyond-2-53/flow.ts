import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const post = graph.nodeTable('Post', { schema: TableSchema.from(z.object({ id: z.number(), text: z.string() })) });
  graph.source('posts*.csv', { record: z.object({ id: z.coerce.number(), text: z.string() }) }, row =>
    post.declareRecord(row),
  );
};
