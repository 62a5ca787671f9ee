/** Which AWS calls a deployed stack's functions made, as the recorder of test/support noted them. */
import { readFile } from 'node:fs/promises';
import type { DeployedStack } from '../support/deploy-stack.ts';

/** A line of test/support/record-calls.mjs. */
interface RecordedCall {
  readonly name: string;
  readonly service: string;
  readonly target?: string;
  readonly method?: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: readonly string[];
  readonly table?: string;
  readonly keys?: readonly string[];
  readonly queue?: string;
  readonly secret?: string;
  readonly sources?: readonly string[];
}

/** The file that lists all kinds of calls there are, for the policies to be checked against. */
export const KNOWN_CALLS = 'test/infra/recorded-calls.txt';

/** Reads the kinds of calls that were recorded of a stack: `function action resource [keys]`, names replaced, sorted. */
export async function recordedCalls(file: string, stack: string, parts: DeployedStack): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(line => line !== '');
  const calls = lines.map(line => JSON.parse(line) as RecordedCall).filter(({ name }) => name.startsWith(`${stack}-`));
  const own = calls.flatMap(call => {
    const [, part] =
      /(Sync|Verify|Status|OnEvent|IsComplete|Query|GarbageCollection)[A-Za-z]*[0-9A-F]{8}/.exec(call.name) ?? [];
    // The CDK's own functions aren't ours to permit things to.
    return part === undefined || call.name.includes('framework')
      ? []
      : [`${part} ${kindOf(call, name => isOwn(name, stack, parts))}`];
  });
  return [...new Set(own)].sort();
}

/** A kind of call that is known, and the suite that makes it; undefined: calls.test.ts. */
export interface KnownCall {
  readonly call: string;
  readonly suite: string | undefined;
}

/** Reads what is known. */
export async function knownCalls(): Promise<KnownCall[]> {
  const lines = (await readFile(KNOWN_CALLS, 'utf8')).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return lines.map(line => {
    const [call = '', suite] = line.split(' @');
    return { call, suite };
  });
}

/** Whether a table or bucket is the stack's, or was in an earlier deploy of it. */
function isOwn(name: string | undefined, stack: string, { bucket, table }: DeployedStack): boolean {
  return name === bucket || name === table || name?.startsWith(`${stack}-`) === true;
}

function kindOf(call: RecordedCall, own: (name: string | undefined) => boolean): string {
  const { service, target } = call;
  switch (service) {
    case 's3':
      return objectKind(call, own);
    case 'dynamodb': {
      const keys = (call.keys ?? []).map(key =>
        key
          .replace(/^[^@]+@[^#]+/, '<scope>')
          .replace(/#memo#[^#]+/, '#memo#<source>')
          .replace(/#.$/, '#A'),
      );
      return `dynamodb:${target} ${own(call.table) ? 'table' : call.table} ${[...new Set(keys)].sort().join()}`;
    }
    case 'sqs':
      return `sqs:${target?.replace(/Batch$/, '')} ${queueKind(call.queue ?? '')}`;
    case 'secretsmanager':
      return `secretsmanager:${target} ${call.secret?.startsWith('graphdrop/') ? 'secret' : call.secret}`;
    case 'events':
      return `events:${target} bus ${call.sources?.join()}`;
    default:
      return `${service}:${target}`;
  }
}

function queueKind(name: string): string {
  if (/Scope\w+DeadLetters/.test(name)) return 'dead-letters';
  return /Scope\w+Queue/.test(name) ? 'queue' : name;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function objectKind(
  { method, bucket, key = '', query = [] }: RecordedCall,
  own: (name: string | undefined) => boolean,
): string {
  const place = own(bucket) ? 'bucket' : bucket;
  if (key === '') {
    if (query.includes('versions')) return `s3:ListBucketVersions ${place}`;
    return `${query.includes('list-type') ? 's3:ListBucket' : `s3:${method}?${query}`} ${place}`;
  }
  const object = `${place}/${/^_graphdrop\/[^/]+\/rejected\//.test(key) ? '<rejected>' : '<object>'}`;
  const version = query.includes('versionId') ? 'Version' : '';
  const verb = { GET: 'Get', HEAD: 'Get', PUT: 'Put', DELETE: 'Delete' }[method ?? ''] ?? method;
  return `s3:${verb}Object${version} ${object}`;
}
