import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const account = graph.nodeTable('Account');
  const paid = graph.relationTable('PAID', account, account);
  graph.source('*.csv', { format: 'csv' }, row =>
    paid.declareRelation({ fromId: row.from ?? '', toId: row.to ?? '', record: { amount: row.amount } }),
  );
};
