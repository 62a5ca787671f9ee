import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { beginDeploy, continueDeploy } from '../../lib/deploy/deploy.ts';
import type { DeployedScope } from '../../lib/deploy/deployed-scope.ts';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import { readClaims } from '../../lib/neo4j/fence/claims.ts';
import type { Scope } from '../../lib/scope.ts';
import { deployedScope } from '../sync/deploy.ts';
import type { World } from '../sync/world.ts';

/** What a deployment deploys: a node table a letter (a small one says `adopt`), of the files `<letter>/*.ndjson`. */
export interface Lettered {
  readonly id: string;
  readonly tables: string;
  /** Its state table. Default: the world's. */
  readonly table?: string;
  readonly takeOver?: boolean;
  /** Hash of the flow's code. */
  readonly code?: string;
}

/** A flow with these tables. */
export function lettered(world: World, letters: string): Flow {
  return flow(new ContextKey(world.name), graph => {
    for (const letter of letters) {
      const name = letter.toUpperCase();
      const table = graph.nodeTable<{ id: string }>(`${name}_${world.name}`, { adopt: letter !== name });
      const record = z.looseObject({ id: z.string() });
      graph.source(`${name}/*.ndjson`, { record }, row => table.declareRecord(row));
    }
  });
}

export function workerOf(world: World, { tables, table, code }: Omit<Lettered, 'id'>): Scope {
  return world.worker({ flow: lettered(world, tables), ...(table && { table }), ...(code && { code }) });
}

export function deployed(world: World, options: Lettered): DeployedScope {
  const { id, takeOver = false } = options;
  const deployment = { id, name: `stack ${id}`, secretId: id, queueUrl: id, takeOver };
  return { ...deployedScope(workerOf(world, options)), deployment, waitMs: 100 };
}

/** Deploys as the custom resource does. */
export async function open(scope: DeployedScope): Promise<void> {
  await beginDeploy(scope);
  while (!(await continueDeploy(scope, Date.now() + 60_000, Date.now() + 60_000))) await sleep(20);
}

/** Drops a file of one row for each letter. */
export async function dropRows(world: World, worker: Scope, letters: string, id = 'x'): Promise<void> {
  const keys = [...letters].map(letter => `${letter}/${id}.ndjson`);
  for (const key of keys) await world.put(key, [{ id }]);
  await world.sync(keys, worker);
}

/** Of each letter its rows, whether there is a constraint, and who claims it. */
export async function found(world: World, letters: string): Promise<Record<string, unknown>> {
  const { name, connection } = world.worker();
  const claims = (await readClaims(connection.graph)).find(({ scope }) => scope === name);
  const all: Record<string, unknown> = {};
  for (const letter of letters) {
    const label = `${letter}_${world.name}`;
    const rows = await world.query(`MATCH (n:${label}) RETURN n.id AS id ORDER BY id`);
    const constraints = await world.query(
      'SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE $label IN labelsOrTypes RETURN name',
      { label },
    );
    const constraint = constraints.length > 0;
    const claimed = claims?.claims.includes(`(:${label})`) ?? false;
    all[letter] = { rows: rows.map(({ id }) => id), constraint, claimed };
  }
  return all;
}

/** A letter's table as a scope in force has it. */
export const whole = (...rows: string[]) => ({ rows, constraint: true, claimed: true });
export const none = { rows: [], constraint: false, claimed: false };
