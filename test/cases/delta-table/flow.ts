import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const item = graph.nodeTable('Item');
  graph.source('lake/**/*.parquet', { columns: ['id', 'name'] }, row => item.declareRecord(row));
};
