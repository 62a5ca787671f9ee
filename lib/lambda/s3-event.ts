import { GraphdropError } from '../errors.ts';
import { decodeName } from '../files/keys/encoded-key.ts';
import { chainOf, type ResyncChain } from './resync-chain.ts';

/** One object of a bucket, by its real (decoded) key. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
}

/** What a message says of the ones before it that asked for the same. */
export interface PutBack {
  /** How often they were put back. Undefined: never. */
  readonly attempt?: number;
  /** Whether a worker died of one of them, or may have: its objects are looked at one by one. */
  readonly alone?: true;
}

/**
 * What a payload asks for: look at these objects (possibly none), or look at every object of a scope again. A `resync`
 * without `context` leaves the choice of scope to the receiver.
 */
export type SyncRequest =
  | ({ readonly kind: 'objects'; readonly objects: readonly ObjectRef[] } & PutBack)
  | ({
      readonly kind: 'resync';
      readonly context?: string;
      /** Whether it is only asked for by the scopes' queues, where it has their tries and their dead letters. */
      readonly queue?: true;
    } & ResyncChain);

/**
 * A payload is none of the shapes that `parseRequest` accepts. The message names the shape that came (field names, no
 * values: payloads may hold what must not be logged) and the shapes that are accepted.
 */
export class UnknownEventError extends GraphdropError {
  readonly code = 'UNKNOWN_EVENT';
}

const ACCEPTED =
  "accepted: an EventBridge event of source 'aws.s3', an S3 notification ({ Records }), an s3:TestEvent, " +
  '{ bucket, keys } or { resync: true, context?, confirm?, queue? }';
const MAX_SHOWN = 80;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the objects that a payload speaks of. An event only says "look at this key" (events come late, doubled and out
 * of order), so what happened to the object is deliberately not part of the result.
 *
 * Keys are raw in EventBridge events and in `{ bucket, keys }`
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html), and form-encoded in direct notifications
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html). The test event that S3
 * sends when a notification is configured asks for nothing.
 *
 * @throws UnknownEventError for any other shape, unknown fields of graphdrop's own shapes included (a misspelt
 * `context` must not resync something else).
 */
export function parseRequest(payload: unknown): SyncRequest {
  if (!isFields(payload)) throw unknown(`a payload that is ${kindOf(payload)}`);
  if (payload.source === 'aws.s3') return { kind: 'objects', objects: [eventBridgeObject(payload)] };
  if (Array.isArray(payload.Records)) return { kind: 'objects', objects: payload.Records.map(notifiedObject) };
  if (payload.Event === 's3:TestEvent') return { kind: 'objects', objects: [] };
  if ('resync' in payload) return resyncRequest(payload);
  if ('bucket' in payload && 'keys' in payload) return keysRequest(payload);
  throw unknown(shapeOf(payload));
}

/**
 * `parseRequest` of the JSON text of an SQS message.
 * @throws UnknownEventError if the body isn't JSON or isn't an accepted shape.
 */
export function parseMessageBody(body: string): SyncRequest {
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch (cause) {
    // No `cause`: V8's message quotes the text, and values stay out of logs.
    if (cause instanceof SyntaxError) throw unknown(`a message body of ${body.length} characters that is not JSON`);
    throw cause;
  }
  return parseRequest(payload);
}

function eventBridgeObject(event: Fields): ObjectRef {
  const detail = event.detail;
  if (!isFields(detail)) throw unknown(`${shapeOf(event)}, without detail.bucket.name and detail.object.key`);
  const ref = namedObject(detail);
  if (!ref) throw unknown(`${shapeOf(event)}, its detail ${shapeOf(detail)}, without bucket.name and object.key`);
  return ref;
}

function notifiedObject(record: unknown, index: number): ObjectRef {
  const place = `Records[${index}]`;
  if (!isFields(record)) throw unknown(`${place} that is ${kindOf(record)}`);
  const s3 = record.s3;
  const ref = record.eventSource === 'aws:s3' && isFields(s3) ? namedObject(s3) : undefined;
  if (!ref)
    throw unknown(`${place} ${shapeOf(record)}, not eventSource 'aws:s3' with s3.bucket.name and s3.object.key`);
  return { bucket: ref.bucket, key: decodeKey(ref.key, place) };
}

function decodeKey(encoded: string, place: string): string {
  try {
    return decodeName(encoded);
  } catch (cause) {
    const shown = shorten(encoded);
    throw new UnknownEventError(`${place} has the key '${shown}', which is not percent-encoded UTF-8`, { cause });
  }
}

function namedObject(detail: Fields): ObjectRef | undefined {
  const { bucket, object } = detail;
  if (!isFields(bucket) || !isFields(object)) return undefined;
  const { name } = bucket;
  const { key } = object;
  return isText(name) && isText(key) ? { bucket: name, key } : undefined;
}

function keysRequest(payload: Fields): SyncRequest {
  const { bucket, keys, attempt, alone, ...others } = payload;
  const isPutBack = (attempt === undefined || Number.isSafeInteger(attempt)) && (alone === undefined || alone === true);
  const isRight = isText(bucket) && Array.isArray(keys) && keys.every(isText) && isPutBack;
  if (!isRight || Object.keys(others).length > 0) {
    throw unknown(`${shapeOf(payload)}, not { bucket: string, keys: string[] } (non-empty, nothing else)`);
  }
  return {
    kind: 'objects',
    objects: keys.map(key => ({ bucket, key })),
    ...(attempt !== undefined && { attempt: attempt as number }),
    ...(alone === true && { alone }),
  };
}

function resyncRequest(payload: Fields): SyncRequest {
  const { resync, context, queue, confirm, queued, position, attempt, ...others } = payload;
  const chain = chainOf({ confirm, queued, position, attempt });
  if (
    resync !== true ||
    !(context === undefined || isText(context)) ||
    !(queue === undefined || queue === true) ||
    chain === null ||
    Object.keys(others).length > 0
  ) {
    throw unknown(
      `${shapeOf(payload)}, not { resync: true, context?: string, confirm?: true, queue?: true } (non-empty, nothing else)`,
    );
  }
  return { kind: 'resync', ...(isText(context) && { context }), ...(queue === true && { queue }), ...chain };
}

function unknown(received: string): UnknownEventError {
  return new UnknownEventError(`received ${received}; ${ACCEPTED}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function shapeOf(fields: Fields): string {
  return `{ ${shorten(Object.keys(fields).join(', '))} }`;
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
