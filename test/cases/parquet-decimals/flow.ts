import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('X');
  graph.source('*.parquet', {}, row => table.declareRecord(row));
};
