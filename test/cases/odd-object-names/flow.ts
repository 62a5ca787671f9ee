import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('E');
  graph.source('in/**/*.ndjson', {}, row => table.declareRecord(row));
};
