import type { Figure } from './figures.ts';

/** A figure of graphdrop by one of a peer, or of another step: more is better. Unlike seconds it says something on any machine. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  /** What it should be at least; absent: nobody has said. */
  readonly goal?: number;
}

type Which = readonly [peer: string, step: string];
type By = 'rowsPerSecond' | 'clientMicros' | 'seconds';

interface RatioDefinition {
  readonly name: string;
  readonly by: By;
  readonly of: Which;
  readonly to: Which;
  readonly goal?: number;
}

const own = (step: string): Which => ['graphdrop', step];
const raw = (step: string): Which => ['raw-driver', step];
const coco = (step: string): Which => ['cocoindex', step];
const cold = 'cold load';
const keys = 'nothing changed: all keys';

const RATIOS: readonly RatioDefinition[] = [
  { name: 'cold load, rate to raw driver', by: 'rowsPerSecond', of: own(cold), to: raw(cold), goal: 0.8 },
  { name: 'cold load, rate to LOAD CSV', by: 'rowsPerSecond', of: own(cold), to: ['load-csv', cold] },
  { name: 'cold load, rate to CocoIndex', by: 'rowsPerSecond', of: own(cold), to: coco(cold), goal: 15 },
  { name: 'cold load, client CPU to raw driver', by: 'clientMicros', of: own(cold), to: raw(cold) },
  { name: '1 % changed, speed to CocoIndex', by: 'seconds', of: own('1 % changed'), to: coco('1 % changed'), goal: 8 },
  {
    name: 'one file changed, speed to CocoIndex',
    by: 'seconds',
    of: own('one file changed'),
    to: coco('one file changed'),
    goal: 5,
  },
  { name: 'nothing changed, speed to CocoIndex', by: 'seconds', of: own(keys), to: coco(keys) },
  {
    name: 'one object, rate to many files',
    by: 'rowsPerSecond',
    of: own('one object'),
    to: own('many files'),
    goal: 0.9,
  },
  { name: 'one object, client CPU to many files', by: 'clientMicros', of: own('one object'), to: own('many files') },
  { name: 'small objects, client CPU to raw driver', by: 'clientMicros', of: own('small objects'), to: raw(cold) },
  { name: 'vectors, rate to raw driver', by: 'rowsPerSecond', of: own('vectors'), to: raw('vectors'), goal: 0.8 },
  { name: 'vectors, client CPU to raw driver', by: 'clientMicros', of: own('vectors'), to: raw('vectors') },
  {
    name: 'vectors, index online, rate to raw driver',
    by: 'rowsPerSecond',
    of: own('vectors, index online'),
    to: raw('vectors, index online'),
    goal: 0.8,
  },
  {
    name: '100 rows changed, speed to that at 10,000',
    by: 'seconds',
    of: own('100 rows changed of all'),
    to: own('100 rows changed of 10,000'),
  },
];

/** Returns the ratios whose figures are there. */
export function ratiosOf(figures: readonly Figure[]): Ratio[] {
  const find = ([peer, step]: Which, by: By) =>
    figures.find(one => one.peer === peer && one.step === step)?.[by].median;
  return RATIOS.flatMap(({ name, by, of, to, goal }) => {
    const [ours, theirs] = [find(of, by), find(to, by)];
    if (ours === undefined || theirs === undefined) return [];
    const value = by === 'rowsPerSecond' ? ours / theirs : theirs / ours;
    return [{ name, value: Number(value.toPrecision(3)), ...(goal !== undefined && { goal }) }];
  });
}

/** Names the ratios that lost a third or more of what they were. */
export function regressions(before: readonly Ratio[], now: readonly Ratio[]): string[] {
  return before.flatMap(({ name, value }) => {
    const found = now.find(ratio => ratio.name === name);
    if (found === undefined) return [`${name}: not measured, was ${value}`];
    return found.value <= (value * 2) / 3 ? [`${name}: ${found.value}, was ${value}`] : [];
  });
}
