import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const sale = graph.nodeTable('Sale');
  graph.source('sales/**/*.ndjson', { partitions: true }, row => sale.declareRecord(row));
};
