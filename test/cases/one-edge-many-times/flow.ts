import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const node = graph.nodeTable('N');
  const edge = graph.relationTable('R', node, node);
  graph.source('*.csv', { format: 'csv' }, row =>
    edge.declareRelation({ fromId: row.from as string, toId: row.to as string, record: { w: row.w } }),
  );
};
