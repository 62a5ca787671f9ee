import { answers } from './answers.ts';
import { damage, generator, pick } from './damage.ts';
import { parquetFiles, textFiles } from './files.ts';
import { requests } from './requests.ts';
import { transports, verification } from './rows.ts';
import type { Seed, Target } from './target.ts';

/** Parquet has most to get wrong, and the other formats are many: each as often as any other target. */
const TARGETS: readonly Target<Seed>[] = [
  parquetFiles,
  textFiles,
  requests,
  answers,
  transports,
  verification,
] as never;

export interface FuzzTally {
  runs: number;
  /** By target: what was read, and what was refused. */
  readonly targets: Record<string, { read: number; refused: number }>;
  /** Longest time that a run took, in milliseconds. */
  slowest: { ms: number; run: number; name: string };
}

/**
 * Reads damaged files, requests and answers, sends and verifies rows of damaged files: each must give what can be read of it, or the error that says what is wrong.
 *
 * @param from number of the first run; a run is the same with the same seed and number
 * @throws Error that names the run and what came instead
 */
export async function fuzz(seed: number, from: number, to: number, tally = newTally()): Promise<FuzzTally> {
  for (let run = from; run < to; run += 1) {
    const random = generator(seed * 1_000_003 + run);
    const target = TARGETS[run % TARGETS.length] as Target<Seed>;
    const good = pick(random, target.seeds);
    const damaged = damage(random, good.bytes);
    const began = performance.now();
    tally.runs += 1;
    tally.targets[target.name] ??= { read: 0, refused: 0 };
    const counts = tally.targets[target.name] as { read: number; refused: number };
    try {
      await target.read(good, damaged, random);
      counts.read += 1;
    } catch (error) {
      if (!target.isRefusal(error)) {
        const cause = error instanceof Error ? error.stack : String(error);
        throw new Error(`seed ${seed}, run ${run}, ${target.name}, ${good.name}: ${cause}`, { cause: error });
      }
      counts.refused += 1;
    }
    const ms = performance.now() - began;
    if (ms > tally.slowest.ms) tally.slowest = { ms: Math.round(ms), run, name: good.name };
  }
  return tally;
}

export function newTally(): FuzzTally {
  return { runs: 0, targets: {}, slowest: { ms: 0, run: 0, name: '' } };
}
