import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import neo4j, { type Driver } from 'neo4j-driver';
import { readStatements } from '../lib/query/read-statements.ts';
import { StatementError } from '../lib/query/statement-error.ts';
import { failedAnswer } from '../lib/query.ts';
import { log } from './log.ts';
import { answerInTime, type TimedQuery } from './query-answer.ts';
import {
  type Credentials,
  type QueryConnections,
  type QueryContext,
  UnknownDatabaseError,
} from './query-connections.ts';
import {
  acceptedType,
  accessModeOf,
  bookmarksOf,
  credentialsOf,
  databaseOf,
  HttpRefusal,
  OPTIONS_ANSWER,
  refusals,
  requireJson,
  requirePost,
  timeLimitOf,
} from './query-http.ts';

const DATABASE_NOT_FOUND = 'Neo.ClientError.Database.DatabaseNotFound';
const RATE_LIMIT = 'Neo.ClientError.Security.AuthenticationRateLimit';

export function isUrlEvent(event: unknown): event is LambdaFunctionURLEvent {
  return (event as Partial<LambdaFunctionURLEvent> | null)?.requestContext?.http !== undefined;
}

/** Answers a request of the function URL as the server would answer it at the same path, with the caller's credentials. */
export async function answerUrl(
  connections: QueryConnections,
  event: LambdaFunctionURLEvent,
  remaining: number,
): Promise<LambdaFunctionURLResult> {
  try {
    return await answerOrRefuse(connections, event, remaining);
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    log({ level: 'info', event: 'query-refused', reason: error.message });
    return error.answer;
  }
}

/** A request that is as it must be, its body aside. */
interface ReadyRequest {
  readonly target: QueryContext;
  readonly type: string;
  readonly query: Pick<TimedQuery, 'accessMode' | 'bookmarks' | 'timeLimit'>;
}

async function answerOrRefuse(
  connections: QueryConnections,
  event: LambdaFunctionURLEvent,
  remaining: number,
): Promise<LambdaFunctionURLResult> {
  const { rawPath, headers, body = '', isBase64Encoded, requestContext } = event;
  if (!rawPath.startsWith('/db/')) throw refusals.notFound();
  if (requestContext.http.method === 'OPTIONS') return OPTIONS_ANSWER;
  const credentials = credentialsOf(headers);
  const target = targetOf(connections, rawPath);
  const ready = readyRequest(target, event);
  const asked = target ?? connections.only;
  // Who has no login learns nothing, not even which databases there are; and no server is told a login that isn't its own.
  if (asked === undefined) throw invalidCredential();
  const driver = await connections.driver(asked, credentials);
  await requireLogin(connections, driver, credentials);
  if (ready instanceof Error) {
    // The driver takes a login that was not followed by work for fresh, and would not ask again.
    await connections.close(driver);
    if (ready instanceof HttpRefusal) throw ready;
    return failed(ready, acceptedType(headers));
  }
  const { type, query } = ready;
  const statements = readStatements(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
  try {
    const { json } = await answerInTime(connections, driver, ready.target, { ...query, statements, remaining });
    return { statusCode: 200, headers: { 'content-type': type }, body: json };
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (!code.startsWith('Neo.')) throw unreachable(error);
    return failed(code === DATABASE_NOT_FOUND ? notFound(databaseOf(rawPath)) : { code, message }, type);
  }
}

/** The context whose server a request is for; undefined: none, or one of several. */
function targetOf(connections: QueryConnections, path: string): QueryContext | undefined {
  try {
    return connections.ofDatabase(databaseOf(path));
  } catch (error) {
    if (error instanceof HttpRefusal || error instanceof UnknownDatabaseError) return undefined;
    throw error;
  }
}

/** What a request wants, or the error it is answered with once its login is known to be right. */
function readyRequest(
  target: QueryContext | undefined,
  { rawPath, headers, requestContext }: LambdaFunctionURLEvent,
): ReadyRequest | HttpRefusal | StatementError {
  try {
    const name = databaseOf(rawPath);
    requirePost(requestContext.http.method);
    requireJson(headers);
    const type = acceptedType(headers);
    if (target === undefined) throw notFound(name);
    const query = {
      accessMode: accessModeOf(headers),
      bookmarks: bookmarksOf(headers),
      timeLimit: timeLimitOf(headers),
    };
    return { target, type, query };
  } catch (error) {
    if (error instanceof HttpRefusal || error instanceof StatementError) return error;
    throw error;
  }
}

function notFound(name: string): StatementError {
  const message = `The database requested does not exists. Requested database name: '${name}'.`;
  return new StatementError(DATABASE_NOT_FOUND, message);
}

/** Has the server check the login each time: a connection that was opened with a password is good for ever, the password isn't. */
async function requireLogin(
  connections: QueryConnections,
  driver: Driver,
  { username, password }: Credentials,
): Promise<void> {
  let valid = false;
  try {
    // Only with the credentials said once more does the driver ask again on a connection that is open.
    valid = await driver.verifyAuthentication({ auth: neo4j.auth.basic(username, password) });
  } catch (error) {
    await connections.close(driver);
    if ((error as { code?: string }).code !== RATE_LIMIT) throw unreachable(error);
    throw refusals.tooManyAttempts();
  }
  if (valid) return;
  await connections.close(driver);
  throw invalidCredential();
}

function invalidCredential(): HttpRefusal {
  return refusals.unauthorized('Invalid credential.');
}

function unreachable(error: unknown): unknown {
  const { code = '', message } = error as Error & { code?: string };
  if (!['ServiceUnavailable', 'SessionExpired'].includes(code)) return error;
  log({ level: 'error', event: 'database-unreachable', error: { code, message } });
  return refusals.unavailable();
}

function failed(failure: { readonly code: string; readonly message: string }, type: string): LambdaFunctionURLResult {
  const { json } = failedAnswer(failure);
  const statusCode = failure.code === DATABASE_NOT_FOUND ? 404 : 200;
  return { statusCode, headers: { 'content-type': type }, body: json };
}
