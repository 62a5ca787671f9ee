import { GraphdropError } from '../errors.ts';
import type { NamedCallError } from './place/named-calls.ts';
import { printable } from './printable.ts';

/** An error as the command line tells it. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  /** What to do about it; undefined: the message says it. */
  readonly remedy?: string;
}

/** By the name or code of an error of AWS, of Neo4j's driver or of the system. The first that matches counts. */
const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /CredentialsProviderError|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|AuthFailure|InvalidAccessKeyId/,
    'Log in to AWS, or name a profile that is: AWS_PROFILE=... graphdrop ...',
  ],
  [/Region is missing|ConfigError/, 'Say the region of the stack: AWS_REGION=eu-central-1 graphdrop ...'],
  [
    /Unauthorized|AuthenticationRateLimit|CredentialsExpired/,
    'Set NEO4J_USERNAME and NEO4J_PASSWORD to a user of the database.',
  ],
  [
    /ServiceUnavailable|SessionExpired|ECONNREFUSED/,
    'Is the database up, and NEO4J_URI (or --neo4j) its address? The stack’s may be in a VPC that only its functions reach.',
  ],
  [
    /\bE(ACCES|ROFS|PERM)\b/,
    'Give your user the right to write there, or name another folder: --workspace, or --into of init.',
  ],
  [/\bENOSPC\b|database or disk is full/, 'The disk is full: make room.'],
  [/DatabaseNotFound/, 'Set NEO4J_DATABASE to a database of the server.'],
];

/** What AWS says where the role in use may not make a call. */
const DENIED = /AccessDenied|UnauthorizedOperation|not authorized to perform/;

/** Tells whether AWS refused a call. Its answer to S3's HEAD says so by its status alone. */
function isDenied({ name, message, permission, $metadata }: NamedCallError): boolean {
  return DENIED.test(`${name} ${message}`) || (permission !== undefined && $metadata?.httpStatusCode === 403);
}

/** Tells an error with its code and, where it isn't one of graphdrop's own, what to do. Text from elsewhere is made printable. */
export function explainError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: printable(String(error)) };
  const { code, name, message } = error as Error & { readonly code?: unknown };
  // The server draws where a statement is wrong on lines of their own; the first one says it in numbers.
  const said = name === 'Neo4jError' ? message.split('\n', 1)[0] : message;
  const told = { code: printable(typeof code === 'string' ? code : name), message: printable(said || name) };
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const text = `${cause.name} ${(cause as { readonly code?: unknown }).code} ${cause.message}`;
    const found = REMEDIES.find(([pattern]) => pattern.test(text));
    if (found !== undefined && !(error instanceof GraphdropError && cause === error))
      return { ...told, remedy: found[1] };
    const { permission = 'this permission' } = cause as NamedCallError;
    // Of graphdrop's own errors the cause knows the call.
    if (!(cause instanceof GraphdropError) && isDenied(cause))
      return { ...told, remedy: `The role in use lacks ${permission}: docs/cli.md lists what each command needs.` };
  }
  return told;
}
