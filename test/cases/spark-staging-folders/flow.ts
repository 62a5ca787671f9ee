import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('Row');
  graph.source('lake/**', { format: 'ndjson' }, row => table.declareRecord(row));
};
