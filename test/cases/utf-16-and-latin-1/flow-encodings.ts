import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person');
  graph.source('excel.csv', { encoding: 'utf-16le' }, row => person.declareRecord(row));
  graph.source('legacy.csv', { encoding: 'windows-1252' }, row => person.declareRecord(row));
};
