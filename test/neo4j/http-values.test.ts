/** Promise: a value arrives by HTTP exactly as it arrives by Bolt, whatever its type, in both directions. */
import fc from 'fast-check';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ConnectionFactory } from '../../lib/neo4j/connection-factory.ts';
import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import { RequestTooLargeError, toTypedJson } from '../../lib/neo4j/typed-json.ts';

const { types } = neo4j;

let http: GraphDatabase;
let driver: Driver;
let database: string;

beforeAll(() => {
  const server = inject('services').neo4j;
  ({ database } = server);
  http = new ConnectionFactory({ uri: server.httpUri, auth: server, database }).graph;
  driver = neo4j.driver(server.boltUri, neo4j.auth.basic(server.username, server.password), { useBigInt: true });
});
afterAll(async () => await driver.close());

const int = (min: number, max: number) => fc.integer({ min, max }).map(BigInt);
const nanosecond = fc.oneof(
  fc.constant(0n),
  int(0, 999_999_999),
  int(0, 999).map(ms => ms * 1_000_000n),
);
const offset = fc.oneof(
  fc.constant(0n),
  int(-18 * 60, 18 * 60).map(minutes => minutes * 60n),
);
const clock = fc.tuple(int(0, 23), int(0, 59), int(0, 59), nanosecond);
const day = fc.tuple(fc.oneof(int(1900, 2100), int(-999_999, 999_999)), int(1, 12), int(1, 28));
const text = fc.string({ unit: 'binary', maxLength: 20 });
const float = fc.oneof(fc.double(), fc.constantFrom(1, -0, 5e-324, 1e21, -1.7976931348623157e308, Number.NaN));

const bounds = fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n);
const scalars = {
  integer: fc.oneof(bounds, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  float,
  string: text,
  boolean: fc.boolean(),
  bytes: fc.int8Array({ maxLength: 40 }),
  date: day.map(parts => new types.Date(...parts)),
  time: fc.tuple(clock, offset).map(([parts, zone]) => new types.Time(...parts, zone)),
  localTime: clock.map(parts => new types.LocalTime(...parts)),
  localDateTime: fc.tuple(day, clock).map(([date, time]) => new types.LocalDateTime(...date, ...time)),
  dateTime: fc.tuple(day, clock, offset).map(([date, time, zone]) => new types.DateTime(...date, ...time, zone)),
  zonedDateTime: fc
    .tuple(int(1980, 2060), int(1, 12), int(1, 28), clock)
    .map(([year, month, date, time]) => new types.DateTime(year, month, date, ...time, 19_800n, 'Asia/Kolkata')),
  duration: fc
    .tuple(int(-1e9, 1e9), int(-1e9, 1e9), fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), int(0, 999_999_999))
    .map(parts => new types.Duration(...parts)),
  flatPoint: fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }))
    .map(([x, y]) => new types.Point(7203n, x, y)),
  point: fc
    .tuple(
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    )
    .map(([x, y, z]) => new types.Point(4979n, x, y, z)),
};

const any = fc.oneof(...Object.values(scalars), fc.constant(null));
const nested = fc.oneof(
  any,
  fc.array(any, { maxLength: 4 }),
  fc.dictionary(text, any, { maxKeys: 4 }),
  fc.array(fc.array(any, { maxLength: 3 }), { maxLength: 3 }),
);

async function bolt(statement: string, parameters: object) {
  const { records } = await driver.executeQuery(statement, parameters, { database });
  return records.map(record => record.toObject());
}

/** Enough lists of values at once that thousands are tried in some requests. */
const lists = (value: fc.Arbitrary<unknown>) => fc.array(value, { minLength: 20, maxLength: 60 });
const runs = { numRuns: 8 };

describe.each(Object.entries({ ...scalars, nested }))('%s', (_, value) => {
  it('is what Bolt would have made of it', async () => {
    await fc.assert(
      fc.asyncProperty(lists(value as fc.Arbitrary<unknown>), async values => {
        const [sent] = await http.query('RETURN $values AS values', { values });
        expect(sent?.values).toEqual((await bolt('RETURN $values AS values', { values }))[0]?.values);
        expect(sent?.values).toEqual(values);
      }),
      runs,
    );
  });
});

describe.each(Object.entries(scalars))('a property that is a list of %s', (name, value) => {
  it('is stored with the types that it was sent with', async () => {
    // Nested in lists bytes can't be stored; alone they are.
    const one = name === 'bytes';
    await fc.assert(
      fc.asyncProperty(lists(value as fc.Arbitrary<unknown>), async values => {
        const stored = one ? values[0] : values;
        const id = Math.random();
        await http.query('CREATE (:HttpValue {id: $id, v: $v})', { id, v: stored });
        const [found] = await bolt('MATCH (n:HttpValue {id: $id}) WITH n, n.v AS v DELETE n RETURN v', { id });
        expect(found?.v).toEqual(stored);
      }),
      { numRuns: 2 },
    );
  });
});

it('a result of many rows comes whole and in order', async () => {
  const tricky = `'"values":[[1' + '\\\\"]}' + toString(i)`;
  const rows = await http.query(`UNWIND range(1, 4321) AS i RETURN i, ${tricky} AS text, [[i]] AS list`);
  expect(rows).toEqual(
    Array.from({ length: 4321 }, (_, n) => ({
      i: BigInt(n + 1),
      text: `"values":[[1\\"]}${n + 1}`,
      list: [[BigInt(n + 1)]],
    })),
  );
});

it('an error after rows is an error', async () => {
  await expect(http.query('UNWIND [1, 1, 0] AS x RETURN 1 / x')).rejects.toMatchObject({
    code: 'Neo.ClientError.Statement.ArithmeticError',
  });
});

it.each([
  2n ** 63n,
  -(2n ** 63n) - 1n,
  new types.DateTime(2020n, 1n, 1n, 0n, 0n, 0n, 0n, undefined, 'Europe/Paris'),
  Symbol('no'),
])('what can’t be sent exactly is refused: %s', value => {
  expect(() => toTypedJson([value])).toThrow();
});

it('rows that are more than a request may have are refused before they fill the memory', () => {
  const row = 'x'.repeat(1_000_000);
  const rows = Array.from({ length: 10_000 }, () => row);
  expect(() => toTypedJson(rows)).toThrow(RequestTooLargeError);
});
