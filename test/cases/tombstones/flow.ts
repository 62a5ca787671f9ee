import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable<{ id: string; name?: string | undefined; ts: string | undefined }>('Person', {
    versionBy: 'ts',
  });
  graph.source('cdc/*.csv', { format: 'csv' }, ({ Op, id = '', name, ts }) =>
    Op === 'D' ? person.declareAbsent({ id, ts }) : person.declareRecord({ id, name, ts }),
  );
};
