import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const account = graph.nodeTable('Account', { primaryKey: 'account' });
  const paid = graph.relationTable('PAID', account, account);
  graph.source('accounts.csv', { format: 'csv' }, row =>
    account.declareRecord({ account: row.account, center: row['cost center'] }),
  );
  graph.source('payments.csv', { format: 'csv' }, row =>
    paid.declareRelation({ fromId: row.from as string, toId: row.to as string }),
  );
};
