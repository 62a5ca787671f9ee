import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('E');
  graph.source('s3://bucket/docs/*.csv', {}, row => table.declareRecord(row));
};
