/** Threat: an event is misread, so that an object is missed or the wrong one is looked at. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMessageBody, parseRequest, UnknownEventError } from '../../lib/lambda/s3-event.ts';

const fixture = (name: string) => readFileSync(new URL(`events/${name}.json`, import.meta.url), 'utf8');
const notification = (key: string) => ({
  Records: [{ eventSource: 'aws:s3', s3: { bucket: { name: 'b' }, object: { key } } }],
});
const messageOf = (payload: unknown): string => {
  try {
    parseRequest(payload);
  } catch (error) {
    expect(error).toBeInstanceOf(UnknownEventError);
    return (error as Error).message;
  }
  throw new Error(`accepted ${JSON.stringify(payload)}`);
};

describe('the real events', () => {
  test('EventBridge keys are taken raw: plus signs and percents are not decoded', () => {
    expect(parseMessageBody(fixture('eventbridge-object-created'))).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'amzn-s3-demo-bucket1', key: 'people/a+b 100%25 é.ndjson' }],
    });
  });

  test('a deletion speaks of its object like a creation does', () => {
    expect(parseMessageBody(fixture('eventbridge-object-deleted'))).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'amzn-s3-demo-bucket1', key: 'people/example-key.csv' }],
    });
  });

  test('keys of direct notifications are form-decoded: spaces, plus signs, percents, unicode', () => {
    expect(parseMessageBody(fixture('notification-object-created-put'))).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'amzn-s3-demo-bucket', key: 'people/red flower 1+1 日本 100%.ndjson' }],
    });
  });

  test('the test event asks for nothing', () => {
    expect(parseMessageBody(fixture('notification-test-event'))).toEqual({ kind: 'objects', objects: [] });
  });

  test('every record of a notification counts, in order', () => {
    const { Records } = notification('a');
    const request = parseRequest({ Records: [...Records, ...notification('b').Records] });
    expect(request).toMatchObject({ objects: [{ key: 'a' }, { key: 'b' }] });
  });

  test('any key survives form encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), key => {
        // URLSearchParams writes application/x-www-form-urlencoded independently of the code under test.
        const encoded = new URLSearchParams({ k: key.toWellFormed() }).toString().slice('k='.length);
        expect(parseRequest(notification(encoded))).toMatchObject({ objects: [{ key: key.toWellFormed() }] });
      }),
    );
  });
});

describe('requests by hand', () => {
  test('explicit keys are taken as they are', () => {
    expect(parseRequest({ bucket: 'b', keys: ['a+b', 'c%20d'] })).toEqual({
      kind: 'objects',
      objects: [
        { bucket: 'b', key: 'a+b' },
        { bucket: 'b', key: 'c%20d' },
      ],
    });
  });

  test('a resync may name its context, and has no such field otherwise', () => {
    expect(parseRequest({ resync: true, context: 'main' })).toStrictEqual({ kind: 'resync', context: 'main' });
    expect(parseRequest({ resync: true })).toStrictEqual({ kind: 'resync' });
    expect(parseRequest({ resync: true, queue: true })).toStrictEqual({ kind: 'resync', queue: true });
  });

  test.each([
    { resync: true, contxt: 'main' },
    { resync: false },
    { resync: true, context: '' },
    { resync: true, context: 1 },
    { bucket: 'b', keys: [''] },
    { bucket: 'b', keys: 'a' },
    { bucket: '', keys: ['a'] },
    { bucket: 'b', keys: ['a'], key: 'c' },
    { bucket: 'b', key: 'a' },
  ])('a misspelt or half request is refused and not guessed: %j', payload => {
    expect(messageOf(payload)).toContain(Object.keys(payload)[0]);
  });
});

describe('what is none of these', () => {
  test.each([
    null,
    undefined,
    1,
    'text',
    [],
    {},
    { Records: [null] },
    { Records: [{ eventSource: 'aws:sqs', body: '' }] },
  ])('is refused with what is accepted: %j', payload => {
    expect(messageOf(payload)).toMatch(/received .*accepted: .*Records.*keys.*resync/s);
  });

  test('names the fields that came and never their values', () => {
    const message = messageOf({ password: 'hunter2', nested: { secret: 'x1y2z3' } });
    expect(message).toContain('password, nested');
    expect(message).not.toMatch(/hunter2|x1y2z3/);
  });

  test('thousands of fields make a short message', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, 1]));
    expect(messageOf(many).length).toBeLessThan(500);
  });

  test('an EventBridge event by CloudTrail, without bucket and object, is refused with the fields of its detail', () => {
    const event = { source: 'aws.s3', 'detail-type': 'AWS API Call via CloudTrail', detail: { requestParameters: {} } };
    expect(messageOf(event)).toContain('requestParameters');
  });

  test.each(['%E0%A4%A', '%', '%zz', '%ff'])('a malformed percent escape is a clear error: %s', key => {
    expect(messageOf(notification(key))).toBe(`Records[0] has the key '${key}', which is not percent-encoded UTF-8`);
  });

  test('a body that is not JSON is refused without quoting it', () => {
    expect(() => parseMessageBody('{"password": hunter2}')).toThrow(UnknownEventError);
    expect(() => parseMessageBody('{"password": hunter2}')).not.toThrow(/hunter2/);
  });

  test('the error has a stable code', () => {
    expect(new UnknownEventError('x')).toMatchObject({ code: 'UNKNOWN_EVENT', name: 'UnknownEventError' });
  });
});
