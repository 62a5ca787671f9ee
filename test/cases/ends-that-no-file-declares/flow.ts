import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const module = graph.nodeTable('Module');
  const imports = graph.relationTable('IMPORTS', module, module);
  graph.source('1-*.csv', {}, row => module.declareRecord(row));
  graph.source('2-*.csv', { format: 'csv' }, row =>
    imports.declareRelation({ fromId: row.from as string, toId: row.to as string }),
  );
};
