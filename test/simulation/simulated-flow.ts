/** The flow that simulations deploy, in shapes that differ as versions of a flow do. Written once, read by graphdrop and by the oracle. */
import { z } from 'zod';
import * as graphdrop from '../../lib/index.ts';
import type { Flow as OracleFlow } from '../oracle/graphdrop.ts';
import * as oracle from '../oracle/graphdrop.ts';
import type { Unique } from '../oracle/oracle.ts';
import { peopleLabels } from '../sync/people-flow.ts';

/** How a definition differs from the usual one. */
export interface Shape {
  /** Whether people have the column `age`. */
  readonly age: boolean;
  /** Whether there are notes. */
  readonly notes: boolean;
  /** Whether names and notes are told in capitals. */
  readonly shout: boolean;
  /** Whether only names that begin with an x are accepted: files that another shape accepted are rejected. */
  readonly strict: boolean;
  /** Whether ages are texts: as if their schema came from a package that changed, the code's hash stays. */
  readonly agesAsText: boolean;
  /** Whether people may have the extra label `Blue_…`, as they may have `Red_…`. */
  readonly blue: boolean;
}

export const LENIENT: Shape = { age: true, notes: true, shout: false, strict: false, agesAsText: false, blue: true };

const Id = z.union([z.string(), z.number()]);
const Note = z.looseObject({ id: z.string(), rev: z.number() });

type Library = Pick<typeof graphdrop, 'ContextKey' | 'flow' | 'TableSchema'>;

function badgeLabel(name: string): string {
  return `Badge_${name}`;
}

/** What a person demands of the database: codes of badges are unique. */
export function badgeCodes(name: string): Unique {
  return { label: badgeLabel(name), property: 'code' };
}

/**
 * - `people/*.ndjson`: `{ id, name, age?, colors? }`; `knows/*.ndjson`: `{ from, to, since?, weight?, id? }`
 * - `notes/**`: `{ id, rev, ...anything }`, the highest `rev` wins
 * - `badges/*.ndjson`: `{ id, code }`, of which a person may demand that codes are unique
 */
function define({ ContextKey, flow, TableSchema }: Library, name: string, shape: Shape): graphdrop.Flow {
  const labels = peopleLabels(name);
  const { age, notes, shout, strict, agesAsText, blue } = shape;
  const colors = [`Red_${name}`, ...(blue ? [`Blue_${name}`] : [])];
  const loud = (text: unknown) => (shout && typeof text === 'string' ? text.toUpperCase() : text);
  const columns = {
    id: { type: 'ANY', nullable: false },
    name: { type: 'STRING', nullable: false },
    ...(age && { age: agesAsText ? { type: 'STRING', encoder: String } : { type: 'INTEGER' } }),
  };
  return flow(new ContextKey(name), graph => {
    const person = graph.nodeTable<Record<string, unknown>>(labels.person, {
      schema: TableSchema.of(columns),
      labels: colors,
    });
    const knows = graph.relationTable<
      Record<string, unknown>,
      'id',
      Record<string, unknown>,
      'id',
      Record<string, unknown>
    >(labels.knows, person, person, {
      schema: TableSchema.of({ id: { type: 'ANY' }, since: { type: 'INTEGER' }, weight: { type: 'FLOAT' } }),
      onDuplicate: 'last',
    });
    const named = z.object({
      id: Id,
      name: strict ? z.string().startsWith('x') : z.string(),
      age: z.int().optional(),
      colors: z.array(z.string()).optional(),
    });
    graph.source('people/*.ndjson', { record: named }, ({ age: years, colors: own = [], ...record }) =>
      person.declareRecord(
        { ...record, name: loud(record.name), ...(age && years !== undefined && { age: years }) },
        { labels: own.map(color => `${color}_${name}`).filter(label => colors.includes(label)) },
      ),
    );
    const pair = z.object({
      id: z.string().optional(),
      from: Id,
      to: Id,
      since: z.int().optional(),
      weight: z.number().optional(),
    });
    graph.source('knows/*.ndjson', { record: pair }, ({ from, to, ...record }) =>
      knows.declareRelation({ fromId: from, toId: to, record }),
    );
    const badge = graph.nodeTable<Record<string, unknown>>(badgeLabel(name));
    graph.source('badges/*.ndjson', { record: z.object({ id: Id, code: z.string() }) }, row =>
      badge.declareRecord(row),
    );
    if (!notes) return;
    const note = graph.nodeTable<Record<string, unknown>>(labels.note, { versionBy: 'rev' });
    graph.source('notes/**/*.ndjson', { record: Note }, row => note.declareRecord({ ...row, text: loud(row.text) }));
  });
}

export interface FlowOptions {
  readonly flow: graphdrop.Flow;
  readonly code: string;
}

/** What a worker's options say of its flow: another shape is another code, unless only a package's schema changed. */
export function flowOptions(name: string, shape: Shape): FlowOptions {
  const { agesAsText: _, ...code } = shape;
  return { flow: define(graphdrop, name, shape), code: JSON.stringify(code) };
}

/** The same flow as the oracle takes it. */
export function oracleFlow(name: string, shape: Shape): OracleFlow {
  return define(oracle as unknown as Library, name, shape) as unknown as OracleFlow;
}
