import type { Scope } from '../../lib/scope.ts';
import type { ObjectKind, ObjectSample, RowKind, RowSample, VerifyReport } from '../../lib/verify/report.ts';
import { type Verification, type VerifyOptions, verify } from '../../lib/verify/verify.ts';
import type { World } from '../sync/world.ts';

/** Differences by table and class, objects by class: what is in a report, without what is zero. */
export type Differences = Readonly<Record<string, unknown>>;

/** Verifies to the end, call by call, as Step Functions would: what passes between calls is JSON. */
export async function verifyAll(scope: Scope, options: VerifyOptions = {}): Promise<Verification> {
  let answer: Verification | undefined;
  for (let calls = 0; answer === undefined || answer.next !== null; calls += 1) {
    if (calls > 10_000) throw new Error('it never ends');
    const before = answer && { before: JSON.parse(JSON.stringify(answer)) as Verification };
    answer = await verify(scope, { samples: 100, ...options, ...before });
  }
  return answer;
}

/** Verifies and puts right what differs: objects are synced. */
export async function repairAll(world: World, scope: Scope, options: VerifyOptions = {}): Promise<Verification> {
  return await verifyAll(scope, {
    ...options,
    repair: { queue: async keys => void (await world.sync(keys, scope)) },
  });
}

/** A report by names of a test's tables, classes that are empty left out. */
export function differences(world: World, { tables, objects }: VerifyReport): Differences {
  const { person, knows, note } = world.labels;
  const names = new Map([
    [person, 'people'],
    [note, 'notes'],
    [knows, 'knows'],
  ]);
  const found: Record<string, unknown> = {};
  for (const [id, { unkeyed, ...classes }] of Object.entries(tables)) {
    const name = names.get(id.split(':')[1] ?? '');
    for (const [kind, { count, first }] of Object.entries(classes) as [
      RowKind,
      { count: number; first: RowSample[] },
    ][]) {
      if (count !== first.length) throw new Error(`${count} ${kind}, ${first.length} told`);
      if (count > 0) found[`${name} ${kind}`] = first.map(textOf).sort();
    }
    if (unkeyed > 0) found[`${name} unkeyed`] = unkeyed;
  }
  const { listed: _, ...kinds } = objects;
  for (const [kind, { first }] of Object.entries(kinds) as [ObjectKind, { first: readonly ObjectSample[] }][]) {
    if (first.length > 0) found[kind] = first.map(({ key }) => key).sort();
  }
  return found;
}

/** A row in one line: `sada`, `sada age,name`, `k: sada > sbob`. */
function textOf({ key, from, to, properties, found }: RowSample): string {
  const ends = from === undefined ? '' : `${key.startsWith('sPerson_') ? '' : `${key}: `}${from} > ${to}`;
  const names = properties === undefined ? '' : ` ${properties?.join(',') ?? '?'}`;
  const places = found?.map(place => ` (${place.from} > ${place.to})`) ?? [];
  return `${ends === '' ? key : ends}${names}${places.join('')}`;
}
