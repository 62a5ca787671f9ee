import { randomInt } from 'node:crypto';
import { ContentError } from '../content-error.ts';
import type { SourceRecord } from '../file-format.ts';
import { DEFAULT_MAX_DEPTH } from '../limits.ts';
import { fromExtendedJson } from './extended-json.ts';
import type { RecordJsonOptions } from './json-options.ts';
import { parseJson } from './json-value.ts';
import { stringEnd } from './key-tokens.ts';

/** Makes a record of its text. @throws ContentError without a line */
export type ParseRecord = (text: string) => unknown;

/** Numbers that JSON hasn't: Python's, and others that Jackson and Spark take. */
const NON_NUMERIC = /[-+]?(?:NaN|Infinity|INF)\b/g;

/** Values of MongoDB's extended JSON: an object of one key that begins with `$`. */
const EXTENDED =
  /\{\s*"\$(?:oid|date|number(?:Int|Long|Double|Decimal)|binary|uuid|timestamp|regularExpression|symbol)"\s*:/;

/** Tells by its text whether a record has values of extended JSON that were taken for objects. */
export const extendedNotes = (text: string): Pick<SourceRecord, 'notes'> =>
  EXTENDED.test(text) ? { notes: [NOTE] } : {};

const NOTE = {
  kind: 'extended-json',
  problem:
    'has values such as { "$oid": … }, taken for objects: set the source\'s extendedJson to have MongoDB\'s types',
};

/** Returns what parses the records of a source's files. */
export function recordParser({
  maxDepth = DEFAULT_MAX_DEPTH,
  allowNonNumericNumbers = false,
  extendedJson = false,
}: RecordJsonOptions): ParseRecord {
  const parse: ParseRecord = text => {
    try {
      return parseJson(text, maxDepth);
    } catch (error) {
      const nan = nanMark();
      const written = error instanceof ContentError ? withNumbers(text, nan) : text;
      if (written === text) throw error;
      if (allowNonNumericNumbers) return parseJson(written, maxDepth, nan);
      const words = `${(error as Error).message}: NaN and Infinity are no JSON; set allowNonNumericNumbers to read them`;
      throw new ContentError(words, undefined, { cause: error });
    }
  };
  return extendedJson ? text => fromExtendedJson(parse(text)) : parse;
}

/** Returns a way to write a number that no text can have been written to hold. */
function nanMark(): string {
  return `0e${randomInt(2 ** 46, 2 ** 47)}`;
}

/** Writes such numbers as others, but not those within texts. */
function withNumbers(text: string, nan: string): string {
  let written = '';
  for (let place = 0; place < text.length; ) {
    const quote = text.indexOf('"', place);
    const start = quote === -1 ? text.length : quote;
    const end = Math.min(text.length, stringEnd(text, start) + 1);
    written += text.slice(place, start).replace(NON_NUMERIC, token => {
      return token.endsWith('NaN') ? nan : `${token.startsWith('-') ? '-' : ''}1e999`;
    });
    written += text.slice(start, end);
    place = end;
  }
  return written;
}
