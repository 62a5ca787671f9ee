import neo4j, { type DateTime, type Time } from 'neo4j-driver';
import { GraphdropError } from '../graph/errors.ts';
import { epochSecond } from '../graph/temporal.ts';
import type { Value } from '../graph/value.ts';
import type { ValueForm } from './parameter.ts';

const { isDate, isDateTime, isDuration, isLocalDateTime, isLocalTime, isPoint, isTime } = neo4j;

/** A value that the connection has no form for, and that Cypher can't make of another: its object is rejected. */
export class UnsendableValueError extends GraphdropError {
  readonly code = 'UNSENDABLE_VALUE';
}

/** How a value that can't be among a row's properties as it is, or must not, is sent beside them and set by Cypher. */
export interface Conversion {
  /** Equal for values that one statement can set. */
  readonly id: string;
  /** What is sent. */
  readonly send: (value: Value) => unknown;
  /** Whether it leaves a value as it is that needs none: null for most, so that rows with and without it can be one statement's. */
  readonly takes: (value: Value | null) => boolean;
  /** Cypher for the value, of what was sent; null: a procedure stores it. */
  readonly cypher: ((sent: string) => string) | null;
}

/**
 * Vectors: only a procedure stores those as float32 on every server (a plain SET stores float64, twice the size). It takes no
 * null.
 */
const VECTORS: Readonly<Record<ValueForm, Conversion>> = {
  bolt6: vector(value => neo4j.vector(value)),
  typed: vector(value => Array.from(value)),
  json: vector(value => Array.from(value)),
};

function vector(send: (value: Float32Array) => unknown): Conversion {
  return { id: 'vector', send: value => send(value as Float32Array), takes: () => false, cypher: null };
}

/** What plain JSON hasn't, by the Cypher function that makes it: of text, or of a map. */
const FUNCTIONS: readonly {
  readonly name: string;
  readonly is: (value: object) => boolean;
  readonly send: (value: never) => unknown;
}[] = [
  { name: 'date', is: isDate, send: String },
  { name: 'time', is: isTime, send: withOffset },
  { name: 'localtime', is: isLocalTime, send: String },
  { name: 'localdatetime', is: isLocalDateTime, send: String },
  { name: 'datetime', is: isDateTime, send: withOffset },
  {
    name: 'duration',
    is: isDuration,
    send: ({ months, days, seconds, nanoseconds }: Record<string, bigint>) => ({ months, days, seconds, nanoseconds }),
  },
  {
    name: 'point',
    is: isPoint,
    send: ({ srid, x, y, z }: { srid: number; x: number; y: number; z?: number }) => ({
      srid: BigInt(srid),
      x,
      y,
      ...(z !== undefined && { z }),
    }),
  },
];

const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'nanosecond'] as const;

/** The text of a time or datetime; if its offset has seconds, which Cypher doesn't read in texts, a map. */
function withOffset(value: Time | DateTime): unknown {
  const text = String(value);
  const [offset] = /[+-]\d\d:\d\d:\d\d(?=\[|$)/.exec(text) ?? [];
  if (offset === undefined) return text;
  const present = FIELDS.filter(name => name in value).map(name => [name, (value as Fields)[name]] as const);
  const { timeZoneId, timeZoneOffsetSeconds } = value as Partial<DateTime>;
  if (timeZoneId == null) {
    return { ...Object.fromEntries(present.map(([name, field]) => [name, BigInt(String(field))])), timezone: offset };
  }
  const local = epochSecond(
    Object.fromEntries(present.map(([name, field]) => [name, Number(field)])) as Fields<number>,
  );
  const epochSeconds = local - Number(timeZoneOffsetSeconds);
  // In years this far away a number isn't exact: the server will refuse the text.
  if (!Number.isSafeInteger(epochSeconds)) return text;
  return { epochSeconds: BigInt(epochSeconds), nanosecond: BigInt(String(value.nanosecond)), timezone: timeZoneId };
}

type Fields<T = unknown> = Readonly<Record<(typeof FIELDS)[number], T>>;

/** How a value has to be sent by a connection; undefined: as it is. @throws UnsendableValueError for bytes as JSON */
export function conversionOf(value: Value, form: ValueForm): Conversion | undefined {
  if (value instanceof Float32Array) return VECTORS[form];
  if (form !== 'json') return undefined;
  if (Array.isArray(value)) {
    const element = value.map(each => conversionOf(each, form)).find(each => each !== undefined);
    return element === undefined ? undefined : listOf(element);
  }
  if (typeof value === 'number') return Number.isNaN(value) ? FLOAT : undefined;
  if (typeof value !== 'object') return undefined;
  if (value instanceof Uint8Array) {
    throw new UnsendableValueError(
      'BYTES can’t be sent to tx/commit, the only endpoint that this server offers by HTTP: use a bolt uri, or a server with ' +
        'the Query API (Neo4j 5.25 or later)',
    );
  }
  const found = BY_FUNCTION.find(({ is }) => is(value));
  if (found === undefined) throw new RangeError(`no conversion for a ${value.constructor.name}`);
  return found.conversion;
}

const FLOAT: Conversion = {
  id: 'toFloat',
  send: value => (Number.isNaN(value) ? 'NaN' : value),
  takes: value => value === null || typeof value === 'number',
  cypher: sent => `toFloat(${sent})`,
};

const BY_FUNCTION = FUNCTIONS.map(({ name, is, send }) => ({
  is,
  conversion: {
    id: name,
    send: send as Conversion['send'],
    takes: (value: Value | null) => value === null,
    cypher: (sent: string) => `${name}(${sent})`,
  },
}));

function listOf({ id, send, takes, cypher }: Conversion): Conversion {
  return {
    id: `${id}[]`,
    send: value => (value as readonly Value[]).map(send),
    takes: value => value === null || (Array.isArray(value) && value.every(takes)),
    cypher: sent => `[x IN ${sent} | ${cypher?.('x')}]`,
  };
}
