/** The parts of HTTP in Neo4j's `POST /db/{databaseName}/tx/commit`: what a request must be like, and answers in its words. */
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { type AccessMode, type QueryPolicy, requireAccess } from '../../query/query-policy.ts';
import { INVALID_FORMAT, StatementError } from '../../query/statement-error.ts';
import type { Credentials } from './connections.ts';

/** Ends a request before it reaches the database. The message isn't for logs of secrets: it never has credentials. */
export class HttpRefusal extends Error {
  readonly answer: LambdaFunctionURLResult;

  constructor(
    statusCode: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = JSON_TYPE,
  ) {
    super(`${statusCode} ${message}`);
    this.answer = { statusCode, headers, body: code === '' ? '' : JSON.stringify({ errors: [{ code, message }] }) };
  }
}

const UNAUTHORIZED = 'Neo.ClientError.Security.Unauthorized';
const INVALID = 'Neo.ClientError.Request.Invalid';
/** Errors of credentials are sent with a charset, others without. */
const UTF8 = { 'content-type': 'application/json;charset=utf-8' };
const CHALLENGE = { ...UTF8, 'www-authenticate': 'Basic realm="Neo4j"' };
const ALLOWED = { allow: 'POST,OPTIONS' };
const JSON_TYPE = { 'content-type': 'application/json' };

export const refusals = {
  unauthorized: (message: string) => new HttpRefusal(401, UNAUTHORIZED, message, CHALLENGE),
  badHeader: () => new HttpRefusal(400, INVALID_FORMAT, 'Invalid authentication header.', UTF8),
  tooManyAttempts: () =>
    new HttpRefusal(
      429,
      'Neo.ClientError.Security.AuthenticationRateLimit',
      'Too many failed authentication requests. Please wait 5 seconds and try again.',
      UTF8,
    ),
  notFound: () => new HttpRefusal(404, INVALID, 'Not Found'),
  badRequest: () => new HttpRefusal(400, INVALID, 'Bad Request'),
  wrongType: () => new HttpRefusal(415, INVALID, 'Unsupported Media Type'),
  notAcceptable: () => new HttpRefusal(406, INVALID, 'Not Acceptable'),
  unavailable: () =>
    new HttpRefusal(503, 'Neo.TransientError.General.DatabaseUnavailable', 'The database cannot be reached.'),
};

/** What OPTIONS is answered with, to anybody. */
export const OPTIONS_ANSWER: LambdaFunctionURLResult = {
  statusCode: 200,
  headers: { 'content-type': 'text/plain', ...ALLOWED },
  body: 'POST, OPTIONS',
};

type Headers = LambdaFunctionURLEvent['headers'];

/** The credentials of the Authorization header. @throws HttpRefusal */
export function credentialsOf({ authorization = '' }: Headers): Credentials {
  if (authorization.trim() === '') throw refusals.unauthorized('No authentication header supplied.');
  const [, scheme = '', token = ''] = /^(\S+)\s+(\S+)$/.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') {
    throw refusals.unauthorized("Unsupported authentication token, scheme 'bearer' is not supported.");
  }
  const text = Buffer.from(token, 'base64').toString();
  const colon = text.indexOf(':');
  if (scheme.toLowerCase() !== 'basic' || colon === -1) throw refusals.badHeader();
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The database's name in `/db/{databaseName}/tx/commit`. @throws HttpRefusal */
export function databaseOf(path: string): string {
  const [, name] = /^\/db\/([^/]+)\/tx\/commit\/?$/.exec(path) ?? [];
  if (name === undefined) throw refusals.notFound();
  try {
    return decodeURIComponent(name);
  } catch {
    throw refusals.badRequest();
  }
}

/** @throws HttpRefusal for other methods, with a body where the method reads */
export function requirePost(method: string): void {
  const message = 'Method Not Allowed';
  if (method === 'GET' || method === 'HEAD') throw new HttpRefusal(405, INVALID, message, { ...JSON_TYPE, ...ALLOWED });
  if (method !== 'POST') throw new HttpRefusal(405, '', message, ALLOWED);
}

/** @throws HttpRefusal for a body that isn't said to be JSON */
export function requireJson({ 'content-type': type }: Headers): void {
  const [, name, subtype] = /^\s*([\w.+-]+)\/([\w.+-]+)\s*(?:;.*)?$/.exec(type ?? 'none/none') ?? [];
  if (name === undefined) throw refusals.badRequest();
  if (`${name}/${subtype}`.toLowerCase() !== 'application/json') throw refusals.wrongType();
}

/** The Content-Type of the answer: the first acceptable one, with the parameters it is asked with. @throws HttpRefusal */
export function acceptedType({ accept = '*/*' }: Headers): string {
  const ranges = accept.split(',').map(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    const quality = Number(parameters.find(parameter => parameter.startsWith('q='))?.slice(2) ?? 1);
    return { type, parameters: parameters.filter(parameter => !parameter.startsWith('q=')), quality };
  });
  const [best] = ranges
    .filter(({ type, quality }) => quality > 0 && ['application/json', 'application/*', '*/*'].includes(type))
    .sort((a, b) => b.quality - a.quality);
  if (best === undefined) throw refusals.notAcceptable();
  return ['application/json', ...(best.type === 'application/json' ? best.parameters : [])].join(';');
}

/** The header `access-mode`. The default is as much as the stack gives; the server's is to write. @throws StatementError */
export function accessModeOf({ 'access-mode': given }: Headers, policy: QueryPolicy): AccessMode {
  const mode = given?.toUpperCase() ?? (policy.access === 'write' ? 'WRITE' : 'READ');
  if (mode !== 'READ' && mode !== 'WRITE') {
    const message = `The header 'access-mode' should be either 'WRITE' or 'READ' but found '${given}'.`;
    throw new StatementError(INVALID_FORMAT, message);
  }
  requireAccess(policy, mode);
  return mode;
}

/** The header `bookmarks`, a JSON list. @throws StatementError */
export function bookmarksOf({ bookmarks: given = '' }: Headers): string[] {
  if (given === '') return [];
  try {
    const bookmarks: unknown = JSON.parse(given);
    if (Array.isArray(bookmarks) && bookmarks.every(it => typeof it === 'string' && it !== '')) return bookmarks;
  } catch {
    // said below
  }
  const message = 'Invalid bookmarks header. `bookmarks` must be an array of non-empty string values.';
  throw new StatementError(INVALID_FORMAT, message);
}

/** The header `max-execution-time` in milliseconds; undefined: none, or none that means anything. */
export function timeLimitOf({ 'max-execution-time': given = '' }: Headers): number | undefined {
  return /^[1-9]\d{0,9}$/.test(given) ? Number(given) : undefined;
}
