import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const doc = graph.nodeTable('Doc');
  doc.vectorIndex({ field: 'v', dimension: 3, metric: 'cosine' });
  graph.source('*.ndjson', {}, row => doc.declareRecord(row));
};
