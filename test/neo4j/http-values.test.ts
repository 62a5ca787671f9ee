/** Promise: a value arrives by HTTP exactly as it arrives by Bolt, whatever its type, in both directions. */
import fc from 'fast-check';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { createFence } from '../../lib/neo4j/fence/stamp-fence.ts';
import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import { upsertNodes } from '../../lib/neo4j/statements/node-statements.ts';
import { fromProperty } from '../../lib/neo4j/statements/parameter.ts';
import { RequestTooLargeError } from '../../lib/neo4j/transport/json-list.ts';
import { toTypedJson } from '../../lib/neo4j/transport/typed-json.ts';
import { zonedDateTimeType } from '../../lib/values/types/zoned-datetime.ts';
import { differingProperties } from '../../lib/verify/stored-values.ts';
import { connectionTo, type Transport } from '../support/connection.ts';

const { types } = neo4j;

/** With integers as the driver gives them. */
function inZone(text: string) {
  const { year, month, day, hour, minute, second, nanosecond, timeZoneOffsetSeconds, timeZoneId } =
    zonedDateTimeType.encode(text);
  const parts = [year, month, day, hour, minute, second, nanosecond, timeZoneOffsetSeconds ?? 0] as const;
  return new types.DateTime(...(parts.map(part => BigInt(String(part))) as Parts), timeZoneId ?? undefined);
}
type Parts = [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

let driver: Driver;
let database: string;

beforeAll(() => {
  const server = inject('services').neo4j;
  ({ database } = server);
  driver = neo4j.driver(server.boltUri, neo4j.auth.basic(server.username, server.password), { useBigInt: true });
});
afterAll(async () => await driver.close());

const int = (min: number, max: number) => fc.integer({ min, max }).map(BigInt);
const orNone = (part: fc.Arbitrary<bigint>) => fc.oneof(fc.constant(0n), part);
const nanosecond = fc.oneof(
  fc.constant(0n),
  int(0, 999_999_999),
  int(0, 999).map(ms => ms * 1_000_000n),
);
const offset = fc.oneof(
  fc.constant(0n),
  int(-18 * 60, 18 * 60).map(minutes => minutes * 60n),
  int(-64_800, 64_800),
);
const clock = fc.tuple(int(0, 23), int(0, 59), int(0, 59), nanosecond);
const year = fc.oneof(int(1900, 2100), int(-999_999, 999_999), int(-999_999_999, 999_999_999));
const day = fc.tuple(year, int(1, 12), int(1, 28));
const text = fc.string({ unit: 'binary', maxLength: 20 });
const float = fc.oneof(fc.double(), fc.constantFrom(1, -0, 5e-324, 1e21, -1.7976931348623157e308, Number.NaN));

const bounds = fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 31n, 0n);
const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true });
const degrees = fc.tuple(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.double({ min: -90, max: 90, noNaN: true }),
);

/** What a parameter of plain JSON can be. */
const plain = {
  integer: fc.oneof(bounds, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  float: float.filter(value => !Number.isNaN(value)),
  string: text,
  boolean: fc.boolean(),
};
const scalars = {
  ...plain,
  float,
  bytes: fc.int8Array({ maxLength: 40 }),
  date: day.map(parts => new types.Date(...parts)),
  time: fc.tuple(clock, offset).map(([parts, zone]) => new types.Time(...parts, zone)),
  localTime: clock.map(parts => new types.LocalTime(...parts)),
  localDateTime: fc.tuple(day, clock).map(([date, time]) => new types.LocalDateTime(...date, ...time)),
  dateTime: fc.tuple(day, clock, offset).map(([date, time, zone]) => new types.DateTime(...date, ...time, zone)),
  // Before 1893 Berlin's clocks were 53 minutes and 28 seconds ahead; in the night of 26 October 2025 there are two half past two.
  zonedDateTime: fc.oneof(
    fc
      .tuple(
        int(1700, 2060),
        int(1, 12),
        int(1, 28),
        fc.constantFrom('Europe/Berlin', 'Asia/Kolkata', 'America/New_York'),
      )
      .map(([y, m, d, zone]) => {
        const [month, date] = [m, d].map(part => String(part).padStart(2, '0'));
        return inZone(`${y}-${month}-${date}T12:30:00.000000001[${zone}]`);
      }),
    fc.constantFrom('+02:00', '+01:00').map(own => inZone(`2025-10-26T02:30:00${own}[Europe/Berlin]`)),
  ),
  duration: fc
    .tuple(
      orNone(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n })),
      orNone(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n })),
      orNone(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n })),
      nanosecond,
    )
    .map(parts => new types.Duration(...parts)),
  point: fc.tuple(coordinate, coordinate).map(([x, y]) => new types.Point(7203n, x, y)),
  point3d: fc.tuple(coordinate, coordinate, coordinate).map(parts => new types.Point(9157n, ...parts)),
  place: degrees.map(([x, y]) => new types.Point(4326n, x, y)),
  place3d: fc.tuple(degrees, coordinate).map(([[x, y], z]) => new types.Point(4979n, x, y, z)),
};

const vector = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 5 })
  .map(numbers => new Float32Array(numbers));

const nestedOf = (values: object) => {
  const any = fc.oneof(...(Object.values(values) as fc.Arbitrary<unknown>[]), fc.constant(null));
  return fc.oneof(
    any,
    fc.array(any, { maxLength: 4 }),
    fc.dictionary(text, any, { maxKeys: 4 }),
    fc.array(fc.array(any, { maxLength: 3 }), { maxLength: 3 }),
  );
};

async function bolt(statement: string, parameters: object) {
  const { records } = await driver.executeQuery(statement, parameters, { database });
  return records.map(record => record.toObject());
}

/** Enough lists of values at once that thousands are tried in some requests. */
const lists = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 20, maxLength: 60 });

/** What can be sent as a parameter. */
const sendable: Record<Exclude<Transport, 'bolt'>, Record<string, fc.Arbitrary<unknown>>> = {
  http: { ...scalars, nested: nestedOf(scalars) },
  'tx-commit': { ...plain, nested: nestedOf(plain) },
};
const { bytes, ...unlessBytes } = scalars;
const properties: Record<Exclude<Transport, 'bolt'>, Record<string, fc.Arbitrary<unknown>>> = {
  http: { ...unlessBytes, bytes: bytes.map(value => new Uint8Array(value)) },
  'tx-commit': unlessBytes,
};

describe.each(['http', 'tx-commit'] as const)('by %s', by => {
  let graph: GraphDatabase;
  const scope = `values-${by}-${Math.random()}`;
  const stamp = { scope, epoch: 1, definition: '', store: 's' };
  beforeAll(async () => {
    ({ graph } = connectionTo(inject('services').neo4j, { by }));
    await createFence(graph, stamp, '');
  });
  afterAll(async () => {
    await bolt('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope });
  });

  /** Writes nodes with these values as properties `v` and gives what is there then. */
  async function stored(values: readonly unknown[]) {
    const label = `HttpValue_${Math.random().toString(36).slice(2)}`;
    const declarations = values.map((v, id) => ({ key: BigInt(id), values: { id: BigInt(id), v } }));
    const table = { id: label, label, primaryKey: 'id', columns: null };
    await graph.commit({
      fence: { ...stamp, root: '', next: '' },
      statements: upsertNodes(table, declarations as unknown as Declaration[], await graph.valueForm()),
      tolerant: false,
      timeoutMs: 10_000,
      store: async () => {},
      review: async () => {},
    });
    const read = `MATCH (n:${label}) RETURN n.v AS v ORDER BY n.id`;
    const [byHttp, byBolt] = [await graph.query(read), await bolt(read, {})];
    await bolt(`MATCH (n:${label}) DELETE n`, {});
    return { byHttp: byHttp.map(({ v }) => v), byBolt: byBolt.map(({ v }) => v) };
  }

  describe.each(Object.entries(sendable[by]))('a parameter: %s', (_, value) => {
    it('is what Bolt would have made of it', async () => {
      await fc.assert(
        fc.asyncProperty(lists(value), async values => {
          const [sent] = await graph.query('RETURN $values AS values', { values });
          expect(sent?.values).toEqual((await bolt('RETURN $values AS values', { values }))[0]?.values);
          expect(sent?.values).toEqual(values);
        }),
        { numRuns: 6, endOnFailure: true },
      );
    });
  });

  describe.each(Object.entries(properties[by]))('a property: %s', (name, value) => {
    it('is stored and read with the type and value that it was sent with', async () => {
      // In lists bytes can't be stored, and points only of one kind.
      const one = name === 'bytes' ? value : fc.oneof(value, fc.array(value, { maxLength: 5 }));
      await fc.assert(
        fc.asyncProperty(lists(one), async values => {
          const { byHttp, byBolt } = await stored(values);
          expect(byBolt.map(fromProperty)).toEqual(values);
          expect(byHttp).toEqual(byBolt);
        }),
        { numRuns: 3, endOnFailure: true },
      );
    });
  });

  it('a property: what is not of the type of the other rows is as it was sent, too', async () => {
    const day = new types.Date(2024n, 2n, 29n);
    const values = [day, 'text', [day], 5n, [1, Number.NaN], [1, 2], Number.NaN, 5, new Float32Array([1, 0.5])];
    const { byHttp, byBolt } = await stored(values);
    expect(byBolt).toEqual([...values.slice(0, -1), [1, 0.5]]);
    expect(byHttp).toEqual(byBolt);
  });

  it('vectors are stored as float32', async () => {
    await fc.assert(
      fc.asyncProperty(lists(vector), async values => {
        const { byHttp, byBolt } = await stored(values);
        expect(byBolt).toEqual(values.map(value => Array.from(value)));
        // tx/commit gives no more digits than it takes to tell a float32 from others.
        expect(byHttp.map(value => new Float32Array(value as number[]))).toEqual(values);
        const asFound = byHttp.map((v, index) => differingProperties({ v: values[index] ?? null }, { v }, null));
        expect(asFound.flat()).toEqual([]);
      }),
      { numRuns: 3 },
    );
  });

  it('a result of many rows comes whole and in order', async () => {
    const tricky = `'"values":[[1' + '\\\\"]}\\n' + toString(i)`;
    const rows = await graph.query(`UNWIND range(1, 4321) AS i RETURN i, ${tricky} AS text, [[i]] AS list`);
    expect(rows).toEqual(
      Array.from({ length: 4321 }, (_, n) => ({
        i: BigInt(n + 1),
        text: `"values":[[1\\"]}\n${n + 1}`,
        list: [[BigInt(n + 1)]],
      })),
    );
  });

  it('an error after rows is an error', async () => {
    await expect(graph.query('UNWIND [1, 1, 0] AS x RETURN 1 / x')).rejects.toMatchObject({
      code: 'Neo.ClientError.Statement.ArithmeticError',
    });
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
