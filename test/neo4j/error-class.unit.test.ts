/** Threat: the server fails in a way that nobody thought of, and good objects are rejected or everything stops. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { classOf } from '../../lib/neo4j/error-class.ts';

/** Every code of an error that Neo4j 5.26 has, and the class it must be in. */
const codes = readFileSync(new URL('./status-codes.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split(' ') as [code: string, expected: string]);

it.each(codes)('%s is %s', (code, expected) => {
  expect(classOf({ code })?.replaceAll(' ', '-')).toBe(expected);
});

it.each([
  ['Neo.ClientError.Future.Unheard', 'person'],
  ['Neo.TransientError.Future.Unheard', 'passing'],
  ['Neo.DatabaseError.Future.Unheard', 'faulty server'],
  ['ServiceUnavailable', 'passing'],
  ['SessionExpired', 'passing'],
  ['ProtocolError', 'passing'],
  ['N/A', 'passing'],
])('%s, which the list has not, is %s', (code, expected) => {
  expect(classOf({ code })).toBe(expected);
});

it('a value that an index of a person can’t hold is refused, though the server calls itself faulty', () => {
  const code = 'Neo.DatabaseError.Statement.ExecutionFailed';
  const message = 'Property value is too large to index, please see index documentation for limitations. Index: …';
  expect(classOf({ code, message })).toBe('refused');
  expect(classOf({ code, message: 'No space left on device' })).toBe('faulty server');
});

it('a statement whose text the server can’t take is no row’s fault, a text in a row that is no date is', () => {
  const code = 'Neo.ClientError.Statement.SyntaxError';
  expect(classOf({ code, message: 'Unknown function \'nope\' (line 1, column 8 (offset: 7))\n"RETURN nope(1)"' })).toBe(
    'person',
  );
  expect(classOf({ code, message: 'Text cannot be parsed to a Date\n"abc"\n ^' })).toBe('refused');
});

it.each([undefined, null, new Error('x'), { code: 'ECONNRESET' }, { code: 5 }, { code: 'Neo' }])(
  '%o is no error of the database',
  error => {
    expect(classOf(error)).toBeNull();
  },
);
