/** Promise: DynamoDB's typed JSON, MongoDB's extended JSON and the numbers that JSON hasn't are read as they were meant. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { FLOAT_COLUMNS, type WithFloats } from '../../lib/values/float-columns.ts';
import { chunked, outcome } from './chunked.ts';

const read = async (content: string, options: ReadOptions, key = 'a.ndjson') => {
  const { items, error } = await outcome(readRecords({ key, body: chunked(content, [0.3, 0.6]) }, options));
  return { values: items.map(({ value }) => value), message: error?.message };
};
const one = async (value: object, options: ReadOptions) => {
  const { values, message } = await read(JSON.stringify(value), options);
  if (message !== undefined) throw new Error(message);
  return values[0];
};

describe('DynamoDB', () => {
  const options = { format: 'dynamodb' } as const;
  test.each([
    [{ S: '' }, ''],
    [{ N: '41' }, 41],
    [{ N: '-0.5' }, -0.5],
    [{ N: '9007199254740993' }, 9007199254740993n],
    [{ N: '12345678901234567890.5' }, '12345678901234567890.5'],
    [{ N: '1E+20' }, 1e20],
    [{ N: '0.10' }, 0.1],
    [{ BOOL: false }, false],
    [{ NULL: true }, null],
    [{ B: '/wA=' }, Uint8Array.of(255, 0)],
    [{ SS: ['a', 'b'] }, ['a', 'b']],
    [{ NS: ['1', '2.5'] }, [1, 2.5]],
    [{ BS: ['/w=='] }, [Uint8Array.of(255)]],
    [{ L: [{ N: '1' }, { M: { a: { S: 'x' } } }] }, [1, { a: 'x' }]],
  ])('%o', async (attribute, value) => {
    expect(await one({ Item: { v: attribute } }, options)).toEqual({ v: value });
  });

  test('a full export has items, and its manifests have none', async () => {
    const manifest =
      '{"itemCount":1,"dataFileS3Key":"data/x.json.gz"}\n{"version":"2020-06-30","exportType":"FULL_EXPORT"}\n';
    expect(await read(`${manifest}{"Item":{"pk":{"S":"u#1"}}}\n`, options, 'x.json')).toEqual({
      values: [{ pk: 'u#1' }],
      message: undefined,
    });
  });

  test('an incremental export and a stream have keys and images; of a deletion no new one', async () => {
    const metadata = { WriteTimestampMicros: { N: '1700000000000000' } };
    const key = { pk: { S: 'a' } };
    expect(await one({ Metadata: metadata, Keys: key, NewImage: { pk: { S: 'a' }, n: { N: '1' } } }, options)).toEqual({
      Metadata: { WriteTimestampMicros: 1700000000000000 },
      Keys: { pk: 'a' },
      NewImage: { pk: 'a', n: 1 },
    });
    expect(await one({ Keys: key, OldImage: key }, options)).toEqual({ Keys: { pk: 'a' }, OldImage: { pk: 'a' } });
    const change = { ApproximateCreationDateTime: 1700000000, Keys: key, NewImage: null };
    expect(await one({ eventName: 'REMOVE', dynamodb: change }, options)).toEqual({
      ...change,
      Keys: { pk: 'a' },
      eventName: 'REMOVE',
    });
  });

  test.each([
    ['{"pk":"a"}', 'the line has neither Item nor Keys'],
    ['{"Item":{"v":"a"}}', 'Item.v is string "a", expected a value of DynamoDB such as {"S": "a"}'],
    ['{"Item":{"v":{"N":"x"}}}', 'Item.v is object with N'],
    ['{"Item":{"v":{"S":"x","N":"1"}}}', 'Item.v is object with S, N'],
    ['{"Item":{"v":{"constructor":"x"}}}', 'Item.v is object with constructor'],
    ['{"Item":{"v":{"L":[{"X":1}]}}}', 'Item.v.0 is object with X'],
    ['{"Item":[]}', 'Item is array of 0'],
    ['[1]', 'the line has neither Item nor Keys'],
  ])('%s is refused', async (line, problem) => {
    expect((await read(`${line}\n`, options)).message).toContain(`a.ndjson:1 ${problem}`);
  });
});

describe('extended JSON', () => {
  const options = { extendedJson: true };
  test.each([
    [{ $oid: '507f1f77bcf86cd799439011' }, '507f1f77bcf86cd799439011'],
    [{ $numberInt: '42' }, 42],
    [{ $numberLong: '9223372036854775807' }, 2n ** 63n - 1n],
    [{ $numberLong: '7' }, 7],
    [{ $numberDouble: '-Infinity' }, -Infinity],
    [{ $numberDouble: '1.5' }, 1.5],
    [{ $numberDecimal: '0.1000000000000000055' }, '0.1000000000000000055'],
    [{ $date: '2019-08-11T17:54:14.692Z' }, new Date('2019-08-11T17:54:14.692Z')],
    [{ $date: '2014-02-20T01:00:00.000-0500' }, new Date('2014-02-20T06:00:00Z')],
    [{ $date: { $numberLong: '1565546054692' } }, new Date(1565546054692)],
    [{ $date: 1565546054692 }, new Date(1565546054692)],
    [{ $binary: { base64: '/wA=', subType: '00' } }, Uint8Array.of(255, 0)],
    [{ $binary: '/wA=', $type: '00' }, Uint8Array.of(255, 0)],
    [{ $binary: { base64: 'zwDyCMEPSFuOzYNs2lTjEQ==', subType: '04' } }, 'cf00f208-c10f-485b-8ecd-836cda54e311'],
    [{ $uuid: 'cf00f208-c10f-485b-8ecd-836cda54e311' }, 'cf00f208-c10f-485b-8ecd-836cda54e311'],
    [{ $regularExpression: { pattern: '^a', options: 'i' } }, '/^a/i'],
    [{ $timestamp: { t: 1565545664, i: 1 } }, { t: 1565545664, i: 1 }],
    [{ $undefined: true }, null],
    [
      { $ref: 'users', $id: { $oid: '5' } },
      { $ref: 'users', $id: '5' },
    ],
    [{ a: [{ $numberInt: '1' }, { b: { $oid: 'x' } }] }, { a: [1, { b: 'x' }] }],
  ])('%o', async (value, expected) => {
    expect(await one({ v: value }, options)).toEqual({ v: expected });
    expect((await read(JSON.stringify([{ v: value }]), options, 'a.json')).values).toEqual([{ v: expected }]);
  });

  test('doubles stay FLOAT', async () => {
    const doubles = [{ $numberDouble: '1.0' }, { $numberDouble: '2.0' }];
    const body = chunked(JSON.stringify({ a: doubles[0], b: { $numberInt: '1' }, c: doubles }));
    const read: unknown[] = [];
    for await (const batch of readRecords({ key: 'a.ndjson', body }, options))
      read.push(...batch.map(({ value }) => value));
    expect(read.map(value => (value as WithFloats)[FLOAT_COLUMNS])).toEqual([new Set(['a', 'c'])]);
  });

  test.each([
    ['{"v":{"$numberInt":"x"}}', '$numberInt of string "x" is no value of extended JSON'],
    ['{"v":{"$date":"01/02/2026"}}', '$date of string "01/02/2026" is no value'],
    ['{"v":{"$date":"2026-01-31T12:00"}}', '$date of string "2026-01-31T12:00" is no value'],
    ['{"v":{"$date":"yesterday"}}', '$date of string "yesterday" is no value'],
    ['{"v":{"$minKey":1}}', '$minKey of number 1 is no type of extended JSON'],
    ['{"v":{"$constructor":1}}', '$constructor of number 1 is no type of extended JSON'],
  ])('%s is refused', async (line, problem) => {
    expect((await read(line, options)).message).toContain(`a.ndjson:1 ${problem}`);
  });
});

describe('NaN and infinities', () => {
  const content = '{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN, -Infinity","d":12345678901234567890,"e":"0e1000"}';

  test('are refused with the option’s name', async () => {
    for (const key of ['a.ndjson', 'a.json'])
      expect((await read(content, {}, key)).message).toContain(
        'NaN and Infinity are no JSON; set allowNonNumericNumbers',
      );
    expect((await read('{"a":"NaN"', {})).message).not.toContain('allowNonNumericNumbers');
  });

  test('are numbers with it, and nothing else is', async () => {
    const expected = {
      a: Number.NaN,
      b: [-Infinity, Infinity],
      c: 'NaN, -Infinity',
      d: 12345678901234567890n,
      e: '0e1000',
    };
    for (const key of ['a.ndjson', 'a.json'])
      expect((await read(content, { allowNonNumericNumbers: true }, key)).values).toEqual([expected]);
    expect((await read('{"a":nan}', { allowNonNumericNumbers: true })).message).toContain('not one JSON value');
  });
});

test('whatever DynamoDB’s or MongoDB’s options are given gives values or is refused', async () => {
  const key = fc.constantFrom('Item', 'Keys', 'S', 'N', 'L', 'M', '$date', '$binary', '$numberLong', '$timestamp', 'a');
  const value = fc.letrec(tie => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('1', 'x', '', 1, null, true, -1e300),
      fc.dictionary(key, tie('node'), { maxKeys: 2 }),
      fc.array(tie('node'), { maxLength: 2 }),
    ),
  })).node;
  await fc.assert(
    fc.asyncProperty(
      value,
      fc.constantFrom<ReadOptions>({ format: 'dynamodb' }, { extendedJson: true }),
      async (content, options) => {
        const { message } = await read(JSON.stringify(content), options);
        expect(message ?? '').not.toContain("the format's reader failed");
      },
    ),
  );
});
