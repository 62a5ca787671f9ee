import fc from 'fast-check';
import neo4j from 'neo4j-driver';
import { VectorSchema } from '../../lib/index.ts';
import { columnType } from '../../lib/values/column-types.ts';

const { Date: NeoDate, LocalTime, Time, LocalDateTime, DateTime, Duration, Point } = neo4j.types;

export const DIMENSION = 3;

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
const year = fc.oneof(fc.integer({ min: 1583, max: 2400 }), fc.integer({ min: -99_999, max: 99_999 }));
const day = fc.tuple(year, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }));
const hour = fc.integer({ min: 0, max: 23 });
const sixty = fc.integer({ min: 0, max: 59 });
const clock = fc.tuple(hour, sixty, sixty, fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })));
const offset = fc.integer({ min: -18 * 60, max: 18 * 60 }).map(minutes => minutes * 60);
const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

const date = day.map(([y, m, d]) => new NeoDate(y, m, d));
const localDateTime = fc.tuple(day, clock).map(([d, t]) => new LocalDateTime(...d, ...t));
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC');
const inZone = fc
  .tuple(fc.integer({ min: 1950, max: 2037 }), fc.integer({ min: 1, max: 12 }), clock, zone)
  .map(([y, m, [h, ...rest], name]) => {
    // Noon and later: no clock is changed then.
    const { year: yy, month, hour: hh } = { year: y, month: m, hour: 12 + (h % 12) };
    return `${yy}-${String(month).padStart(2, '0')}-15T${hh}:${rest
      .slice(0, 2)
      .map(part => String(part).padStart(2, '0'))
      .join(':')}[${name}]`;
  });

/** Values that a column of each type takes, in the many forms they may be given in. */
export const anyValue: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  BOOLEAN: fc.boolean(),
  STRING: text,
  INTEGER: fc.oneof(int64, fc.maxSafeInteger(), fc.constantFrom(2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n)),
  FLOAT: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 0, 1, 2 ** 53, 1e300)),
  BYTES: fc.uint8Array({ maxLength: 40 }),
  DATE: fc.oneof(
    date,
    fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map(d => d.toISOString().slice(0, 10)),
  ),
  'LOCAL TIME': clock.map(parts => new LocalTime(...parts)),
  'ZONED TIME': fc.tuple(clock, offset).map(([parts, seconds]) => new Time(...parts, seconds)),
  'LOCAL DATETIME': localDateTime,
  'ZONED DATETIME': fc.oneof(
    fc.date({ min: new Date('1700-01-01'), max: new Date('2500-01-01'), noInvalidDate: true }),
    fc.tuple(day, clock, offset).map(([d, t, seconds]) => new DateTime(...d, ...t, seconds)),
    inZone,
  ),
  DURATION: fc
    .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer({ min: 0, max: 999_999_999 }))
    .map(parts => new Duration(...parts)),
  POINT: fc.oneof(
    fc.tuple(finite, finite).map(([x, y]) => new Point(7203, x, y)),
    fc.tuple(finite, finite, finite).map(([x, y, z]) => ({ x, y, z })),
    fc.tuple(degrees(180), degrees(90)).map(([longitude, latitude]) => ({ longitude, latitude })),
    fc.tuple(degrees(180), degrees(90), finite).map(([x, y, z]) => new Point(4979, x, y, z)),
  ),
  JSON: fc.jsonValue({ maxDepth: 3 }),
  'LIST<STRING>': fc.array(text, { maxLength: 4 }),
  'LIST<INTEGER>': fc.array(int64, { maxLength: 4 }),
  'LIST<FLOAT>': fc.array(fc.double(), { maxLength: 4 }),
  'LIST<BOOLEAN>': fc.array(fc.boolean(), { maxLength: 4 }),
  'LIST<DATE>': fc.array(date, { maxLength: 3 }),
  'LIST<ZONED DATETIME>': fc.array(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), {
    maxLength: 3,
  }),
  'LIST<DURATION>': fc.array(
    fc.integer({ min: 0, max: 10_000 }).map(n => `P${n}DT${n}S`),
    { maxLength: 3 },
  ),
  'LIST<POINT>': fc.array(
    fc.tuple(finite, finite).map(([x, y]) => ({ x, y })),
    { maxLength: 3 },
  ),
  [String(new VectorSchema(DIMENSION))]: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
    minLength: DIMENSION,
    maxLength: DIMENSION,
  }),
};

const hourInAutumn = (own: string) => `2025-10-26T02:30:00${own}[Europe/Berlin]`;

/** Values that are different, and that a server may hold for equal. */
const alike: Readonly<Record<string, readonly unknown[]>> = {
  FLOAT: [0, -0, 1],
  'ZONED TIME': ['12:00Z', '13:00+01:00'],
  'ZONED DATETIME': [
    hourInAutumn('+02:00'),
    hourInAutumn('+01:00'),
    '2025-10-26T02:30:00+02:00',
    '2025-10-26T01:30:00+01:00',
    '2025-10-26T00:30:00Z',
    '2025-10-26T00:30:00Z[UTC]',
  ],
  DURATION: ['P1D', 'PT24H', 'P1M', 'P30D'],
  POINT: [
    { x: 0, y: 0 },
    { x: -0, y: 0 },
    { x: 0, y: 0, z: 0 },
    { longitude: 0, latitude: 0 },
  ],
  'LIST<FLOAT>': [[0], [-0], [Number.NaN], []],
  'LIST<INTEGER>': [[0n], [1n], []],
  'LIST<ZONED DATETIME>': [[hourInAutumn('+02:00')], [hourInAutumn('+01:00')]],
  'LIST<POINT>': [[{ x: 0, y: 0 }], [{ x: -0, y: 0 }]],
  [String(new VectorSchema(DIMENSION))]: [
    [0, 0, 0],
    [-0, 0, 0],
  ],
};

/** Values of a type, those among them often that a server may take for one another. */
const riskyValue = (type: string): fc.Arbitrary<unknown> => {
  const values = anyValue[type] ?? fc.constant(null);
  return alike[type] === undefined ? values : fc.oneof(values, fc.constantFrom(...alike[type]));
};

/** As {@link anyRow}, with many values that a server may take for one another. */
export const riskyRow = fc.record(
  Object.fromEntries(Object.keys(anyValue).map(type => [columnOf(type), fc.option(riskyValue(type), { freq: 12 })])),
);

/** A value of any type, in the form in which a table without a schema stores it. */
export const looseValue = fc
  .constantFrom(...Object.keys(anyValue).filter(type => type !== 'BYTES'))
  .chain(type => riskyValue(type).map(value => columnType(type).encode(value)));

/** The column that a type's values are put in: types aren't identifiers. */
export function columnOf(type: string): string {
  return `c_${type.replaceAll(/\W+/g, '_')}`;
}

/** A row with a value, or none, for each type. */
export const anyRow = fc.record(
  Object.fromEntries(Object.entries(anyValue).map(([type, value]) => [columnOf(type), fc.option(value, { freq: 8 })])),
);
