import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const brand = graph.nodeTable('Brand');
  graph.source('brands*.csv', {}, row => brand.declareRecord(row));
};
