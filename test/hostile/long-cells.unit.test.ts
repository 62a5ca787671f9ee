/** Threat: one cell or number that fits the limit of a record ends its reader in an error of the engine, or takes minutes. */
import { expect, test } from 'vitest';
import { ContentError } from '../../lib/files/content-error.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { chunked, outcome } from '../files/chunked.ts';

const read = (content: string, options: ReadOptions, key = 'a') =>
  outcome(readRecords({ key, body: chunked(content) }, options));

test('a list of Neptune with millions of items in one cell is read', async () => {
  const { items, error } = await read(`~id,tags:String[]\n1,"${'ab\\;;'.repeat(3e6)}"\n`, { format: 'neptune' });
  expect(error).toBeUndefined();
  const [element] = items as unknown as [{ value: { properties: { tags: string[] } } }];
  expect(element.value.properties.tags).toHaveLength(3e6);
  expect(element.value.properties.tags[0]).toBe('ab;');
});

test('an integer of a million digits is refused by its number of digits', async () => {
  const { error } = await read(`{"a":${'7'.repeat(1e6)}}\n`, {}, 'a.ndjson');
  expect(error?.message).toBe('a.ndjson:1 an integer has 1000000 digits, at most 1000 are allowed');
});

test('an error of the engine in a reader rejects the file, so that it is not read again for ever', async () => {
  const format = {
    extensions: [],
    contentTypes: [],
    read: async function* () {
      yield await Promise.reject(new RangeError('Maximum call stack size exceeded'));
    },
  };
  const { error } = await read('x', { format });
  expect(error).toBeInstanceOf(RejectedObjectError);
  expect(error?.cause).toBeInstanceOf(ContentError);
});

test('lack of memory does not: another worker may have it', async () => {
  const format = {
    extensions: [],
    contentTypes: [],
    read: async function* () {
      yield await Promise.reject(new RangeError('Array buffer allocation failed'));
    },
  };
  expect((await read('x', { format })).error).toBeInstanceOf(RangeError);
});
