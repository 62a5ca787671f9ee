import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const item = graph.nodeTable('Item');
  graph.source('*.parquet', {}, row => item.declareRecord(row));
};
