import { credentialsOf, databaseOf, HttpRefusal } from '../../lib/lambda/query/http.ts';
import { parseMessageBody, UnknownEventError } from '../../lib/lambda/s3-event.ts';
import { readStatements } from '../../lib/query/read-statements.ts';
import { StatementError } from '../../lib/query/statement-error.ts';
import type { Seed, Target } from './target.ts';

interface RequestSeed extends Seed {
  readonly parse: (bytes: Buffer) => unknown;
}

const request = (name: string, text: string, parse: RequestSeed['parse']): RequestSeed => ({
  name,
  bytes: Buffer.from(text),
  parse,
});

const message = (bytes: Buffer) => parseMessageBody(bytes.toString());
const statements = (bytes: Buffer) => [...readStatements(bytes)];
const stored = (bytes: Buffer) => [...readStatements(bytes, new Map([['count', 'RETURN 1']]))];

const EVENT_BRIDGE =
  '{"version":"0","source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":"b"},"object":{"key":"a/é.ndjson","size":3}}}';
const NOTIFICATION =
  '{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"a%2Fb+c.ndjson"}}}]}';
const STATEMENTS =
  '{"statements":[{"statement":"RETURN $n AS n","parameters":{"n":12345678901234567890,"l":[1,2.5,null,{"a":"b"}]},"resultDataContents":["row","graph"],"includeStats":true},{"statement":"RETURN 2"}]}';

/** What callers of the functions send: each request is understood or refused, by the error that says why. */
export const requests: Target<RequestSeed> = {
  name: 'requests',
  seeds: [
    request('EventBridge', EVENT_BRIDGE, message),
    request('notification', NOTIFICATION, message),
    request('keys', '{"bucket":"b","keys":["a","b/c"]}', message),
    request('resync', '{"resync":true,"context":"kg","queued":{"first":1,"last":2}}', message),
    request('statements', STATEMENTS, statements),
    request('named', '{"statements":[{"name":"count","parameters":{"n":[[[1]]]}}]}', stored),
    request('credentials', 'Basic bmVvNGo6c2VjcmV0', bytes => credentialsOf({ authorization: bytes.toString() })),
    request('path', '/db/neo4j%2Dtwo/tx/commit', bytes => databaseOf(bytes.toString())),
  ],
  read: async ({ parse }, bytes) => void parse(bytes),
  isRefusal: error =>
    error instanceof StatementError || error instanceof UnknownEventError || error instanceof HttpRefusal,
};
