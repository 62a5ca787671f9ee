import { z } from 'zod';
import { ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import type { TrackedWorld } from '../insight/tracked-world.ts';

const Person = z.object({ id: z.string(), name: z.string() });

/** A record says what it declares. */
interface Line {
  readonly kind: 'person' | 'loose' | 'knows' | 'absent' | 'size' | 'nothing' | 'throws';
  readonly id: string;
  readonly name?: string;
  readonly to?: string;
}

/** A flow whose records say what they declare. */
export function comparedFlow(): Flow {
  return flow(new ContextKey('blocks'), graph => {
    const person = graph.nodeTable('Person', { schema: TableSchema.from(Person) });
    const loose = graph.nodeTable<{ id: string }>('Loose', { maxProperties: 4 });
    const knows = graph.relationTable('KNOWS', person, person);
    graph.source('*.{ndjson,csv}', {}, (record, object) => {
      const { kind, id, name = id, to = id } = record as unknown as Line;
      switch (kind) {
        case 'person':
          return person.declareRecord({ id, name });
        case 'loose':
          return loose.declareRecord({ id, [name]: 1 } as { id: string });
        case 'knows':
          return [
            person.declareRecord({ id: `of ${id}`, name }),
            knows.declareRelation({ fromId: `of ${id}`, toId: to }),
          ];
        case 'absent':
          return person.declareAbsent({ id });
        case 'size':
          return person.declareRecord({ id, name: `${object.size} bytes` });
        case 'throws':
          throw new Error('no such record');
        default:
          return null;
      }
    });
  });
}

/** Ways in which versions are compared. */
export const COMPARING = ['blocks', 'lines of blocks', 'lines'] as const;

/** Returns what a person is told of an object, but for times. */
export async function told(world: TrackedWorld, key: string): Promise<object> {
  const { at: _, lagMs: __, ...status } = { lagMs: 0, ...(await world.scope.status.get(key)) };
  return status;
}
