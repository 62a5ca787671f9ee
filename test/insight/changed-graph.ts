import type { ChangePlan } from '../../lib/insight/plan.ts';

/** Rows of a graph by name with their content, and names of its stubs. */
export interface GraphRows {
  readonly rows: ReadonlyMap<string, string>;
  readonly stubs: ReadonlySet<string>;
}

/** Counts what changed from one graph to the other. */
export function changesOf(before: GraphRows, after: GraphRows): ReturnType<typeof sums> {
  const entries = [...after.rows];
  return {
    rows: {
      in: entries.filter(([name]) => !before.rows.has(name)).length,
      changed: entries.filter(([name, it]) => before.rows.has(name) && before.rows.get(name) !== it).length,
      out: [...before.rows.keys()].filter(name => !after.rows.has(name)).length,
    },
    stubs: {
      made: [...after.stubs].filter(name => !before.stubs.has(name)).length,
      removed: [...before.stubs].filter(name => !after.stubs.has(name) && !after.rows.has(name)).length,
      filled: [...before.stubs].filter(name => after.rows.has(name)).length,
    },
  };
}

/** Sums up what a plan says, over all tables. */
export function sums({ tables, stubs }: ChangePlan) {
  const of = (kind: 'in' | 'changed' | 'out') => Object.values(tables).reduce((sum, it) => sum + it[kind].count, 0);
  const stubsOf = (kind: 'made' | 'removed' | 'filled') =>
    Object.values(stubs).reduce((sum, it) => sum + it[kind].count, 0);
  return {
    rows: { in: of('in'), changed: of('changed'), out: of('out') },
    stubs: { made: stubsOf('made'), removed: stubsOf('removed'), filled: stubsOf('filled') },
  };
}
