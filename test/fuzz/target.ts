import type { Random } from './damage.ts';

/** Something good to damage. */
export interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Something that reads what others wrote. */
export interface Target<S extends Seed = Seed> {
  readonly name: string;
  readonly seeds: readonly S[];
  /** Reads damaged bytes to their end. */
  read(seed: S, bytes: Buffer, random: Random): Promise<void>;
  /** Whether an error is the one that says what is wrong with what was read. */
  isRefusal(error: unknown): boolean;
}
