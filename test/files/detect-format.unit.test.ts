/** Promise: a file's format and compression follow from source, name and headers, in this order. */
import { describe, expect, test } from 'vitest';
import { ContentError } from '../../lib/files/content-error.ts';
import { detectFormat, type FormatOptions, type NamedObject } from '../../lib/files/detect-format.ts';

const detect = (object: NamedObject, options?: FormatOptions) => {
  const { format, compression, contentEncoding } = detectFormat(object, options);
  return [format, compression, contentEncoding].join(' ');
};

describe('format', () => {
  test.each([
    ['a.ndjson', 'ndjson none none'],
    ['x/a.jsonl', 'ndjson none none'],
    ['a.csv', 'csv none none'],
    ['A.CSV.GZ', 'csv gzip none'],
    ['a.jsonl.gz', 'ndjson gzip none'],
    ['a.csv.ndjson', 'ndjson none none'],
    ['a.json', 'json none none'],
    ['a.json.gz', 'json gzip none'],
    ['a.ndjson.zst', 'ndjson zstd none'],
    ['A.TSV.ZST', 'tsv zstd none'],
  ])('%s is told by its name', (key, expected) => {
    expect(detect({ key })).toBe(expected);
  });

  test.each([
    ['application/x-ndjson', 'ndjson'],
    ['application/jsonl', 'ndjson'],
    ['application/json', 'json'],
    ['application/json; charset=utf-8', 'json'],
    ['text/csv', 'csv'],
    ['text/tab-separated-values', 'tsv'],
    ['Text/CSV; charset=utf-8; header=present', 'csv'],
  ])('content type %s decides where the name says nothing', (contentType, format) => {
    expect(detect({ key: 'a', contentType })).toBe(`${format} none none`);
    expect(detect({ key: 'a.gz', contentType })).toBe(`${format} gzip none`);
    expect(detect({ key: 'a.zst', contentType })).toBe(`${format} zstd none`);
  });

  test('the name wins over the content type, the source over both', () => {
    expect(detect({ key: 'a.csv', contentType: 'application/x-ndjson' })).toBe('csv none none');
    expect(detect({ key: 'a.csv', contentType: 'text/csv' }, { format: 'ndjson' })).toBe('ndjson none none');
  });

  test.each(['text', 'bytes'] as const)('%s is only what the source says', format => {
    expect(detect({ key: 'a.csv', contentType: 'text/csv' }, { format })).toBe(`${format} none none`);
  });

  test('an extension of a folder is no extension of the file', () => {
    expect(() => detect({ key: 'a.csv/b' })).toThrow(ContentError);
  });

  test.each([{ key: 'a.txt' }, { key: 'a', contentType: 'text/plain' }, { key: 'csv' }, { key: 'a.gz' }])(
    'undecidable is rejected with what to do: %j',
    object => {
      expect(() => detect(object)).toThrow(/can't tell the format.*\.ndjson.*\.csv.*text\/csv.*source's format/);
    },
  );
});

describe('compression', () => {
  test.each(['gzip', 'GZIP', 'x-gzip', 'aws-chunked,gzip', 'gzip, aws-chunked'])(
    'content encoding %s is gzip',
    contentEncoding => {
      expect(detect({ key: 'a.csv', contentEncoding })).toBe('csv none gzip');
    },
  );

  test.each(['', 'identity', 'aws-chunked', 'utf-8'])('content encoding "%s" is no compression', contentEncoding => {
    expect(detect({ key: 'a.csv', contentEncoding })).toBe('csv none none');
  });

  test.each(['zstd', 'ZSTD', 'aws-chunked,zstd'])('content encoding %s is zstd', contentEncoding => {
    expect(detect({ key: 'a.csv.gz', contentEncoding })).toBe('csv gzip zstd');
  });

  test.each(['br', 'constructor', 'gzip, br', 'gzip, zstd'])(
    'content encoding %s is refused by name and not read as garbage',
    contentEncoding => {
      expect(() => detect({ key: 'a.csv', contentEncoding })).toThrow(
        /content encoding '(br|constructor|gzip, zstd)'.*plain, with gzip or zstd/,
      );
    },
  );

  test('the source can say that nothing is compressed, or that all is', () => {
    expect(detect({ key: 'a.csv.gz', contentEncoding: 'br' }, { compression: 'none' })).toBe('csv none none');
    expect(detect({ key: 'a.csv' }, { compression: 'gzip' })).toBe('csv gzip none');
  });
});
