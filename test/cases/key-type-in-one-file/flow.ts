import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const part = graph.nodeTable('Part', {
    schema: TableSchema.of({ id: { type: 'STRING', nullable: false }, name: { type: 'STRING' } }),
  });
  graph.source('parts*.ndjson', {}, row => part.declareRecord(row as never));
};
