import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person');
  graph.source(
    'unload/**',
    { format: 'csv', compression: 'gzip', delimiter: '\u0001', header: ['id', 'name', 'score'], nullValues: ['\\N'] },
    row => person.declareRecord(row),
  );
};
