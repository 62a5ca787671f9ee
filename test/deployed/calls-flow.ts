import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';

const Row = z.object({ id: z.string(), name: z.string() });

/** People whose bad records are left out, people whose bad records reject a file, and another table if asked for. */
export function callingFlow(other: boolean): Flow {
  return flow(new ContextKey('calls'), graph => {
    const person = graph.nodeTable<{ id: string; name: string }>('Person_calls');
    const declare = (row: { id: string; name: string }) => person.declareRecord(row);
    graph.source('loose/*.ndjson', { record: Row, onInvalid: 'skip' }, declare);
    graph.source('strict/*.ndjson', { record: Row }, declare);
    if (!other) return;
    const note = graph.nodeTable<{ id: string; name: string }>('Note_calls');
    graph.source('notes/*.ndjson', { record: Row, memo: true }, row => note.declareRecord(row));
  });
}

export default callingFlow(true);
