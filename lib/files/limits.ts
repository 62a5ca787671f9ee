import { DefinitionError } from '../graph/errors.ts';
import type { DecompressOptions } from './decompress.ts';
import type { ReaderOptions } from './record-reader.ts';

const LIMITS = ['maxRecordBytes', 'maxDecompressedBytes', 'maxColumns', 'maxDepth'] as const;
/** Code that recurses over a record, a source's own included, has the stack for this many levels. */
const MOST_DEPTH = 1000;

/** @throws DefinitionError for a limit that is no positive integer, or a depth that recursion could not follow. */
export function refuseBadLimits(options: DecompressOptions & ReaderOptions): void {
  for (const name of LIMITS) {
    const limit = options[name];
    if (limit === undefined) continue;
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new DefinitionError(`${name} is ${String(limit)}: give a positive integer`);
    if (name === 'maxDepth' && limit > MOST_DEPTH)
      throw new DefinitionError(`maxDepth is ${limit}: give at most ${MOST_DEPTH}`);
  }
}
