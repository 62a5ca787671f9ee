/**
 * Loaded into every Lambda function of the emulator (see ministack.ts): notes which AWS calls the function makes, one line of JSON a
 * kind of call, in the file that GRAPHDROP_CALLS names. The emulator checks no permissions: test/infra/recorded-permissions does.
 */
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.GRAPHDROP_CALLS;
const noted = new Set();
const original = http.request;

if (file) {
  http.request = (...args) => watched(original(...args));
  syncBuiltinESMExports();
}

function watched(request) {
  const parts = [];
  const { write, end } = request;
  const keep = chunk => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) parts.push(Buffer.from(chunk));
  };
  request.write = (chunk, ...rest) => {
    keep(chunk);
    return write.call(request, chunk, ...rest);
  };
  request.end = (chunk, ...rest) => {
    keep(chunk);
    note(request, Buffer.concat(parts));
    return end.call(request, chunk, ...rest);
  };
  return request;
}

function note(request, body) {
  const [, service] = /Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\/aws4_request/.exec(request.getHeader('authorization') ?? '') ?? [];
  if (service === undefined) return;
  const target = request.getHeader('x-amz-target')?.split('.').at(-1);
  const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
  const call = { name, service, ...(service === 's3' ? objectCall(request) : { target, ...partsOf(service, JSON.parse(body)) }) };
  const line = JSON.stringify(call);
  if (noted.has(line)) return;
  noted.add(line);
  appendFileSync(file, `${line}\n`);
}

function objectCall({ method, path }) {
  const { pathname, searchParams } = new URL(path, 'http://s3');
  const [, bucket, ...key] = pathname.split('/');
  return { method, bucket, key: decodeURIComponent(key.join('/')), query: [...searchParams.keys()].sort() };
}

/** What conditions and resources of policies are about. */
function partsOf(service, body) {
  if (service === 'dynamodb') return { table: tableOf(body), keys: [...new Set(keysOf(body))].sort() };
  if (service === 'sqs') return { queue: body.QueueUrl };
  if (service === 'secretsmanager') return { secret: body.SecretId };
  if (service === 'events') return { sources: [...new Set(body.Entries.map(({ Source }) => Source))] };
  return {};
}

function tableOf({ TableName, RequestItems }) {
  return TableName ?? Object.keys(RequestItems ?? {}).join();
}

function keysOf({ Key, Item, RequestItems, ExpressionAttributeValues }) {
  const items = [Key, Item];
  for (const requests of Object.values(RequestItems ?? {})) {
    items.push(...(requests.Keys ?? requests.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)));
  }
  const keys = items.filter(Boolean).map(({ pk }) => pk.S);
  return keys.length > 0 ? keys : [ExpressionAttributeValues?.[':pk']?.S];
}
