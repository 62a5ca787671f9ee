/** People with extra labels, and what a database has of them. */
import { z } from 'zod';
import { ContextKey, flow, type ManagedBy, TableSchema } from '../../lib/index.ts';
import type { Deployable } from './deploy.ts';
import type { World } from './world.ts';

const Row = z.object({
  id: z.string(),
  name: z.string().optional(),
  rev: z.number().optional(),
  labels: z.array(z.string()).optional(),
  absent: z.boolean().optional(),
});

/** How a definition differs from the usual one. */
export interface LabelledShape {
  /** Names of extra labels, without the world's ending. Default `Customer` and `Vip`. */
  readonly labels?: readonly string[];
  /** Whether labels outside these are dropped rather than refused. Default false. */
  readonly drops?: boolean;
  readonly managedBy?: ManagedBy;
  readonly adopt?: boolean;
  readonly schema?: boolean;
  /** Of the scope. Default: the world's. */
  readonly context?: string;
  /** A name that no row may have. */
  readonly refuses?: string;
}

/** The label of this name that only one world has. */
export function labelIn(world: World, name: string): string {
  return `${name}_${world.name}`;
}

/**
 * - `people/*.ndjson`: `{ id, name?, labels? }`
 * - `people/versions/*.ndjson`: the same with `rev`, or `absent`
 * - `knows/*.ndjson`: `{ from, to }`
 */
export function labelled(world: World, shape: LabelledShape = {}): Deployable {
  const { labels = ['Customer', 'Vip'], drops = false, schema = true, context = world.name, refuses } = shape;
  const { managedBy = 'system', adopt = false } = shape;
  const names = labels.map(name => labelIn(world, name));
  const columns = { id: { type: 'STRING' }, name: { type: 'STRING' }, rev: { type: 'INTEGER' } } as const;
  const made = flow(new ContextKey(context), graph => {
    const person = graph.nodeTable<Record<string, unknown>>(world.labels.person, {
      managedBy,
      adopt,
      ...(schema && { schema: TableSchema.of(columns) }),
      labels: names,
    });
    const knows = graph.relationTable(world.labels.knows, person, person, { managedBy });
    graph.source('people/*.ndjson', { record: Row }, ({ labels: given, absent, ...row }) => {
      if (absent) return person.declareAbsent({ id: row.id });
      if (row.name !== undefined && row.name === refuses) throw new Error('is refused');
      const own = given?.map(name => labelIn(world, name));
      return person.declareRecord(row, { labels: drops ? own?.filter(name => names.includes(name)) : own });
    });
    graph.source('knows/*.ndjson', {}, ({ from, to }) =>
      knows.declareRelation({ fromId: String(from), toId: String(to) }),
    );
  });
  return { flow: made, code: JSON.stringify(shape) };
}

/** Lines of the world's people with all their labels but the table's: `ada Ada Customer,Vip`. */
export async function people(world: World): Promise<string[]> {
  const rows = await world.query(
    `MATCH (n:${world.labels.person}) RETURN n.id AS id, n.name AS name, labels(n) AS labels ORDER BY id`,
  );
  return rows.map(({ id, name, labels }) => {
    const others = (labels as string[]).filter(label => label !== world.labels.person).sort();
    const plain = others.map(label => label.replace(`_${world.name}`, '')).join();
    return [id, name ?? '-', plain].join(' ').trim();
  });
}
