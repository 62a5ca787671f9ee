import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';

const Row = z.object({ id: z.string(), email: z.string(), note: z.string().optional() });

/** People, told by one property or the other, and a note of each. */
export function changing(primaryKey: 'id' | 'email', noteLabel: string | null): Flow {
  return flow(new ContextKey('change'), graph => {
    const person = graph.nodeTable<{ id: string; email: string; face?: Float32Array }, 'id' | 'email'>(
      'Person_change',
      { primaryKey },
    );
    person.vectorIndex({ field: 'face', dimension: primaryKey === 'id' ? 3 : 4, metric: 'cosine' });
    const note = noteLabel === null ? null : graph.nodeTable<{ id: string }>(noteLabel);
    graph.source('*.ndjson', { record: Row }, ({ id, email, note: text }) => [
      person.declareRecord({ id, email }),
      ...(note && text !== undefined ? [note.declareRecord({ id: text })] : []),
    ]);
  });
}

export default changing('id', 'Note_change');
