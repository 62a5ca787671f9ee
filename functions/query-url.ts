import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { Driver } from 'neo4j-driver';
import { readStatements } from '../lib/query/read-statements.ts';
import { StatementError } from '../lib/query/statement-error.ts';
import { failedAnswer, type QueryAnswer } from '../lib/query.ts';
import { log } from './log.ts';
import { answerInTime } from './query-answer.ts';
import { type QueryConnections, type QueryContext, UnknownDatabaseError } from './query-connections.ts';
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
  timeLimitOf,
  WRONG_METHOD_ANSWER,
} from './query-http.ts';

const DATABASE_NOT_FOUND = 'Neo.ClientError.Database.DatabaseNotFound';

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

async function answerOrRefuse(
  connections: QueryConnections,
  { rawPath, headers, body = '', isBase64Encoded, requestContext }: LambdaFunctionURLEvent,
  remaining: number,
): Promise<LambdaFunctionURLResult> {
  const { method } = requestContext.http;
  if (!rawPath.startsWith('/db/')) throw refusals.notFound();
  if (method === 'OPTIONS') return OPTIONS_ANSWER;
  const credentials = credentialsOf(headers);
  // Who has no login learns nothing, not even which databases there are.
  const target = findTarget(connections, rawPath);
  const context = target instanceof Error ? connections.first : target;
  const driver = await connections.driver(context, credentials);
  await requireLogin(connections, driver);
  if (target instanceof HttpRefusal) throw target;
  if (method === 'GET' || method === 'HEAD') throw refusals.wrongMethod();
  if (method !== 'POST') return WRONG_METHOD_ANSWER;
  requireJson(headers);
  const type = acceptedType(headers);
  try {
    if (target instanceof Error) throw target;
    const answer = await answerInTime(connections, driver, target, {
      statements: readStatements(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')),
      accessMode: accessModeOf(headers),
      bookmarks: bookmarksOf(headers),
      timeLimit: timeLimitOf(headers),
      remaining,
    });
    return jsonAnswer(200, type, answer);
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (!(error instanceof StatementError || code.startsWith('Neo.'))) throw unreachable(error);
    return jsonAnswer(code === DATABASE_NOT_FOUND ? 404 : 200, type, failedAnswer({ code, message }));
  }
}

/** The context a path is about; the error that says why there is none is thrown later, to callers who are logged in. */
function findTarget(connections: QueryConnections, rawPath: string): QueryContext | HttpRefusal | StatementError {
  try {
    const name = databaseOf(rawPath);
    try {
      return connections.ofDatabase(name);
    } catch (error) {
      if (!(error instanceof UnknownDatabaseError)) throw error;
      const unknown = `The database requested does not exists. Requested database name: '${name}'.`;
      return new StatementError(DATABASE_NOT_FOUND, error.ambiguous ? error.message : unknown);
    }
  } catch (error) {
    if (error instanceof HttpRefusal) return error;
    throw error;
  }
}

/** Asks the server each time: a connection that was opened with a password is good for ever, the password isn't. */
async function requireLogin(connections: QueryConnections, driver: Driver): Promise<void> {
  let valid: boolean;
  try {
    valid = await driver.verifyAuthentication();
  } catch (error) {
    if ((error as { code?: string }).code !== 'Neo.ClientError.Security.AuthenticationRateLimit')
      throw unreachable(error);
    await connections.close(driver);
    throw refusals.tooManyAttempts();
  }
  if (valid) return;
  await connections.close(driver);
  throw refusals.unauthorized('Invalid credential.');
}

function unreachable(error: unknown): unknown {
  const { code = '', message } = error as Error & { code?: string };
  if (!['ServiceUnavailable', 'SessionExpired'].includes(code)) return error;
  log({ level: 'error', event: 'database-unreachable', error: { code, message } });
  return refusals.unavailable();
}

function jsonAnswer(statusCode: number, type: string, { json }: QueryAnswer): LambdaFunctionURLResult {
  return { statusCode, headers: { 'content-type': type }, body: json };
}
