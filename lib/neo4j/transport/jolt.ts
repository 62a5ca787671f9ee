/**
 * Jolt, the typed form of answers of Neo4j's HTTP API, in its strict mode: `{"Z": "1"}`, `{"U": "text"}`. An answer is a line for
 * each event: of each statement a header, its rows and a summary, then an error or none, then info. Not in the documentation:
 * lists of numbers or booleans that are stored as properties come as plain JSON, with `"NaN"` and `"Infinity"` as text.
 *
 * Format: https://neo4j.com/docs/http-api/current/result-formats/#_jolt
 */
import { readJolt } from '../../values/column-types.ts';

/** A value of an answer. */
export type Jolt = null | boolean | string | readonly Jolt[] | { readonly [sigil: string]: unknown };

export interface Failure {
  readonly code: Jolt;
  readonly message: Jolt;
}

export interface JoltEvent {
  readonly header?: { readonly fields: readonly string[] };
  readonly data?: readonly Jolt[];
  readonly error?: { readonly errors: readonly Failure[] };
  readonly info?: object;
}

/** The events of an answer as it comes. A line that isn't ended is none. */
export async function* joltEvents(text: AsyncIterable<string>): AsyncGenerator<JoltEvent> {
  let rest: string[] = [];
  for await (const chunk of text) {
    const [end = '', ...lines] = chunk.split('\n');
    rest.push(end);
    for (const line of lines) {
      const whole = rest.join('');
      if (whole !== '') yield JSON.parse(whole, typedNumber) as JoltEvent;
      rest = [line];
    }
  }
}

/** What is written as a plain number as if it were typed: read by JavaScript, most of 64 bits would be lost. */
function typedNumber(_key: string, value: unknown, context?: { readonly source: string }): unknown {
  return typeof value === 'number' ? { R: context?.source } : value;
}

/**
 * A value of an answer as the driver would give it with `useBigInt`.
 *
 * @throws RangeError for nodes, relationships, paths and types unknown: select their properties instead
 */
export function fromJolt(value: Jolt): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return Number(value);
  if (isList(value)) return value.map(fromJolt);
  const [sigil = '', content] = Object.entries(value)[0] ?? [];
  switch (sigil) {
    case '[]':
      return (content as Jolt[]).map(fromJolt);
    case '{}':
      return Object.fromEntries(Object.entries(content as Record<string, Jolt>).map(([k, v]) => [k, fromJolt(v)]));
  }
  const read = typeof content === 'string' ? readJolt(sigil, content) : undefined;
  if (read === undefined) throw new RangeError(`got ${sigil} from the database, which this transport doesn't read`);
  return read;
}

function isList(value: Jolt): value is readonly Jolt[] {
  return Array.isArray(value);
}
