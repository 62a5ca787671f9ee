import { DefinitionError } from './errors.ts';
import type { ReaderOptions } from './record-reader.ts';

const LIMITS = [
  'maxRecordBytes',
  'maxRecords',
  'maxDecompressedBytes',
  'maxPageBytes',
  'maxColumns',
  'maxDepth',
] as const satisfies readonly (keyof ReaderOptions)[];
/** Code that recurses over a record, a source's own included, has the stack for this many levels. */
const MOST_DEPTH = 1000;

/**
 * @throws DefinitionError for a limit that is no positive integer, a depth that recursion could not follow, a delimiter
 *   that is not one character, or a quote or line end, and columns that are no list of names.
 */
export function refuseBadReaderOptions(options: ReaderOptions, what = 'source'): void {
  for (const name of LIMITS) {
    const limit = options[name];
    if (limit === undefined) continue;
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new DefinitionError(`${what}: ${name} is ${String(limit)}: give a positive integer`);
    if (name === 'maxDepth' && limit > MOST_DEPTH)
      throw new DefinitionError(`${what}: maxDepth is ${limit}: give at most ${MOST_DEPTH}`);
  }
  const { delimiter, columns } = options;
  if (delimiter !== undefined && !/^[^"\r\n]$/u.test(delimiter)) {
    const got = JSON.stringify(delimiter);
    throw new DefinitionError(`${what}: delimiter is ${got}: give one character, no quote or line end`);
  }
  if (columns === undefined) return;
  if (!Array.isArray(columns) || columns.length === 0 || columns.some(name => typeof name !== 'string' || name === ''))
    throw new DefinitionError(`${what}: columns is ${JSON.stringify(columns)}: give a list of column names`);
}
