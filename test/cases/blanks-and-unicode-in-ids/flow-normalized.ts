import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const brand = graph.nodeTable('Brand', { keyNormalize: 'nfc+trim' });
  graph.source('brands*.csv', {}, row => brand.declareRecord(row));
};
