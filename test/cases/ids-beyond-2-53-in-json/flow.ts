import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const node = graph.nodeTable('N', { schema: TableSchema.from(z.object({ id: z.bigint() })) });
  const edge = graph.relationTable('R', node, node);
  graph.source('*.ndjson', {}, row => node.declareRecord(row as never));
  graph.source('*.csv', { format: 'csv' }, row =>
    edge.declareRelation({ fromId: row.from as never, toId: row.to as never }),
  );
};
