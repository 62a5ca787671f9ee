import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import neo4j, { type Driver } from 'neo4j-driver';
import { failedAnswer } from '../../query/answer-query.ts';
import type { QueryPolicy } from '../../query/query-policy.ts';
import { readStatements } from '../../query/read-statements.ts';
import { StatementError } from '../../query/statement-error.ts';
import { describeError, log } from '../log.ts';
import { answerInTime, type TimedQuery } from './answer-in-time.ts';
import { type Credentials, type QueryConnections, type QueryContext, UnknownDatabaseError } from './connections.ts';
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
} from './http.ts';

/** Milliseconds that a wrong password of a secret's user takes: the database doesn't count those. */
const GUESS_DELAY_MS = 1_000;

const DATABASE_NOT_FOUND = 'Neo.ClientError.Database.DatabaseNotFound';
const RATE_LIMIT = 'Neo.ClientError.Security.AuthenticationRateLimit';

export function isUrlEvent(event: unknown): event is LambdaFunctionURLEvent {
  return (event as Partial<LambdaFunctionURLEvent> | null)?.requestContext?.http !== undefined;
}

/** Answers a request of the function URL as the server would answer it at the same path, with the caller's credentials. */
export async function answerUrl(
  connections: QueryConnections,
  policy: QueryPolicy,
  event: LambdaFunctionURLEvent,
  remaining: number,
): Promise<LambdaFunctionURLResult> {
  try {
    return await answerOrRefuse(connections, policy, event, remaining);
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
  policy: QueryPolicy,
  event: LambdaFunctionURLEvent,
  remaining: number,
): Promise<LambdaFunctionURLResult> {
  const { rawPath, headers, body = '', isBase64Encoded, requestContext } = event;
  if (!rawPath.startsWith('/db/')) throw refusals.notFound();
  if (requestContext.http.method === 'OPTIONS') return OPTIONS_ANSWER;
  // The Lambda service has checked the caller's signature: such a URL is for those that may invoke it, like a task.
  const credentials = isAuthorized(event) ? undefined : credentialsOf(headers);
  const target = targetOf(connections, rawPath);
  const ready = readyRequest(target, policy, event);
  const asked = target ?? connections.only;
  // Without a login a caller learns nothing, not even which databases there are; and no server is told a foreign login.
  const driver = credentials && (await login(connections, asked, credentials));
  if (ready instanceof Error) {
    // The driver takes a login that was not followed by work for fresh, and would not ask again.
    if (driver !== undefined) await connections.close(driver);
    if (ready instanceof HttpRefusal) throw ready;
    return failed(ready, acceptedType(headers));
  }
  const { type, query } = ready;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const answer = async (by: Driver) => {
    const statements = readStatements(bytes, policy.statements);
    return await answerInTime(connections, by, ready.target, { ...query, statements, remaining });
  };
  try {
    const { json } = await (driver === undefined ? connections.withOwnDriver(ready.target, answer) : answer(driver));
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
  policy: QueryPolicy,
  { rawPath, headers, requestContext }: LambdaFunctionURLEvent,
): ReadyRequest | HttpRefusal | StatementError {
  try {
    const name = databaseOf(rawPath);
    requirePost(requestContext.http.method);
    requireJson(headers);
    const type = acceptedType(headers);
    if (target === undefined) throw notFound(name);
    const query = {
      accessMode: accessModeOf(headers, policy),
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

function isAuthorized({ requestContext }: LambdaFunctionURLEvent): boolean {
  return (requestContext as { readonly authorizer?: { readonly iam?: object } }).authorizer?.iam !== undefined;
}

/**
 * Opens a driver with the caller's credentials. The server checks them each time: a connection that was opened with a password is good
 * for ever, the password isn't.
 */
async function login(
  connections: QueryConnections,
  target: QueryContext | undefined,
  credentials: Credentials,
): Promise<Driver> {
  if (target === undefined) throw invalidCredential();
  if (await connections.isGuess(target, credentials)) {
    await sleep(GUESS_DELAY_MS);
    throw invalidCredential();
  }
  const { username, password } = credentials;
  const driver = await connections.driver(target, credentials);
  let valid = false;
  try {
    // Only with the credentials said once more does the driver ask again on a connection that is open.
    valid = await driver.verifyAuthentication({ auth: neo4j.auth.basic(username, password) });
  } catch (error) {
    await connections.close(driver);
    if ((error as { code?: string }).code !== RATE_LIMIT) throw unreachable(error);
    throw refusals.tooManyAttempts();
  }
  if (valid) return driver;
  await connections.close(driver);
  throw invalidCredential();
}

function invalidCredential(): HttpRefusal {
  return refusals.unauthorized('Invalid credential.');
}

function unreachable(error: unknown): unknown {
  // The driver's own errors: no connection, or none in time. The server's begin with Neo.
  if (!(error instanceof neo4j.Neo4jError) || error.code.startsWith('Neo.')) return error;
  log({ level: 'error', event: 'database-unreachable', error: describeError(error) });
  return refusals.unavailable();
}

function failed(failure: { readonly code: string; readonly message: string }, type: string): LambdaFunctionURLResult {
  const { json } = failedAnswer(failure);
  const statusCode = failure.code === DATABASE_NOT_FOUND ? 404 : 200;
  return { statusCode, headers: { 'content-type': type }, body: json };
}
