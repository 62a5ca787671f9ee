import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const account = graph.nodeTable('Account');
  const paid = graph.relationTable('PAID', account, account, { onDuplicate: 'last' });
  graph.source('*.csv', { format: 'neo4j-admin', tables: [account, paid] });
};
