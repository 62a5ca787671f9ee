import type { MiddlewareObj } from '@middy/core';
import { told } from '../files/redaction.ts';
import type { LogEntry } from '../scope.ts';

/** An error as logs have it. `code` is stable; `name` and `message` are for people. */
export interface LoggedError {
  readonly code?: string;
  readonly name: string;
  readonly message: string;
}

/** Characters of a message that logs keep: errors may repeat what a user sent. */
const MAX_MESSAGE = 2_000;

/** Items of a list that a line has: thousands of keys would be more than a log takes as one event. */
const MAX_LISTED = 60;

/**
 * Writes one line of JSON an event, and nothing else in the line: what CloudWatch takes apart by itself, for Logs Insights and
 * metric filters. (Lambda's `console.log` puts a time and a request in front.)
 */
export function log(entry: LogEntry): void {
  const line = JSON.stringify({ ...entry, request }, (name, value) => {
    if (typeof value === 'bigint') return String(value);
    if (Array.isArray(value) && value.length > MAX_LISTED)
      return [...value.slice(0, MAX_LISTED), `and ${value.length - MAX_LISTED} more`];
    return name === 'error' ? withoutValues(value) : value;
  });
  process.stdout.write(`${line}\n`);
}

/** Neo4j's messages quote values: "already exists with label `Person` and property `id` = 'ada'". Its codes don't. */
function withoutValues(error: unknown): unknown {
  if (typeof error === 'string')
    return error.replace(/^(Neo4jError: ).*/s, (_, name: string) => `${name}${told(error.slice(name.length))}`);
  const described = error as LoggedError | null;
  return described?.name === 'Neo4jError' ? { ...described, message: told(described.message) } : error;
}

/** Which invocation logs: a function has one at a time. */
let request: string | undefined;

/** Has each line that an invocation logs name it, as Lambda's own lines and X-Ray do. */
export function logRequest(): MiddlewareObj {
  return { before: ({ context }) => nameRequest(context) };
}

/** Has each line from now on name this invocation. */
export function nameRequest(invocation: { readonly awsRequestId?: string } | undefined): void {
  request = invocation?.awsRequestId;
}

/** Logs an error that stopped nothing. */
export function warn(event: string, error: unknown): void {
  log({ level: 'warn', event, error: describeError(error) });
}

/** Describes an error for logs, without its stack and shortened. */
export function describeError(error: unknown): LoggedError {
  const { name, message, code } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    readonly code?: unknown;
  };
  const short = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message;
  return { ...(typeof code === 'string' && { code }), name, message: short };
}
