import type { Ends } from '../definition/declaration.ts';
import { type KeyValue, keyText } from '../values/value.ts';
import type { ObjectSample, RowSample } from './report.ts';

/** Longest key or name in a report. */
const MAX_SHOWN = 120;
const MAX_REASON = 1_000;
/** Properties, or pairs of endpoints, of one row. */
const MAX_LISTED = 10;

/** Makes the sample of a row. Lists are cut: a report travels as a Step Functions payload of 256 KB. */
export function rowSample(
  { key, ends }: { readonly key: KeyValue; readonly ends?: Ends | undefined },
  { properties, found }: { readonly properties?: readonly string[] | null; readonly found?: readonly Ends[] } = {},
): RowSample {
  return {
    key: shown(keyText(key)),
    ...(ends !== undefined && shownEnds(ends)),
    ...(properties !== undefined && { properties: properties?.slice(0, MAX_LISTED).map(name => shown(name)) ?? null }),
    ...(found !== undefined && { found: found.slice(0, MAX_LISTED).map(shownEnds) }),
  };
}

/** Makes the sample of an object. */
export function objectSample({ key, reason }: { readonly key: string; readonly reason?: string }): ObjectSample {
  return { key, ...(reason !== undefined && { reason: shown(reason, MAX_REASON) }) };
}

function shownEnds({ from, to }: Ends): { from: string; to: string } {
  return { from: shown(keyText(from)), to: shown(keyText(to)) };
}

/** Cuts a text to a number of characters; to a third, if as JSON they are more than three bytes each. */
function shown(text: string, most = MAX_SHOWN): string {
  const short = text.slice(0, most);
  const kept = Buffer.byteLength(JSON.stringify(short)) > 3 * most ? short.slice(0, most / 3) : short;
  return kept === text ? text : `${kept}…`;
}
