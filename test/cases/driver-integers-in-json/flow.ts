import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('X');
  graph.source('export*.ndjson', {}, row => table.declareRecord(row));
};
