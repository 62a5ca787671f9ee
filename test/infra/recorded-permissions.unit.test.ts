/** Threat: a function calls what its role doesn't allow, which no emulator notices, or may do what none of the recorded calls does. */
import { describe, expect, it } from 'vitest';
import { knownCalls } from '../deployed/recorded-calls.ts';
import { allowingResource, type Call, list, type Statement } from './iam-evaluation.ts';
import { resources, skippingFlow, synthesized, theOne } from './synth.ts';

/** What AWS itself does with a function's role, which no function calls. */
const BY_AWS: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda writes logs',
  'logs:PutLogEvents': 'Lambda writes logs',
  'sqs:ReceiveMessage': 'Lambda reads the queue',
  'sqs:DeleteMessage': 'Lambda reads the queue',
  'sqs:GetQueueAttributes': 'Lambda reads the queue',
};

/** What is done in cases too rare for a deployed suite. */
const RARE: Readonly<Record<string, string>> = {
  'OnEvent dynamodb:BatchWriteItem *@*':
    'a first deploy that fails over a table that was kept deletes what is in it of the scope',
  'IsComplete dynamodb:Query contexts':
    'a deploy that fails while it waits gives the scope back to the deployment before',
  'Status s3:GetObject ': 'of a bucket without versions, which an app may bring, an object is read as it is',
};

const template = synthesized(() => ({ flow: skippingFlow() }));
const ids = {
  bucket: theOne(template, 'AWS::S3::Bucket').id,
  table: theOne(template, 'AWS::DynamoDB::Table').id,
  queue: theOne(template, 'AWS::SQS::Queue', 'kgQueue').id,
  deadLetters: theOne(template, 'AWS::SQS::Queue', 'kgDeadLetters').id,
};

/** Names a resource as far as the template does. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? Ref : `<${Ref}>`;
  if (Array.isArray(attribute)) return `<${attribute[0]}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(nameOf).join(String(join[0]));
  throw new Error(`can't name ${JSON.stringify(value)}`);
}

/** Whether a principal or a list of roles has the role of a function. */
const isOf = (roles: unknown, part: string) =>
  new RegExp(`GraphDrop\\w*${part}\\w*Role[0-9A-F]{8}`).test(JSON.stringify(roles));

interface Granted {
  readonly part: string;
  readonly statement: Statement;
}

/** Every statement for every function: those of its role, and those of the queue that name its role. */
function granted(parts: readonly string[]): Granted[] {
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap(type =>
    Object.values(resources(template, type)),
  );
  const statementsOf = (properties: Record<string, unknown>) =>
    (properties.PolicyDocument as { readonly Statement: Statement[] }).Statement;
  const ofQueues = Object.values(resources(template, 'AWS::SQS::QueuePolicy')).flatMap(it =>
    statementsOf(it.Properties),
  );
  return parts.flatMap(part => [
    ...policies
      .filter(({ Properties }) => isOf(Properties.Roles, part))
      .flatMap(({ Properties }) => statementsOf(Properties).map(statement => ({ part, statement }))),
    ...ofQueues
      .filter(({ Effect, Principal }) => Effect === 'Allow' && isOf(Principal, part))
      .map(statement => ({ part, statement })),
  ]);
}

/** A call as IAM sees it. */
function callOf(line: string): { readonly part: string; readonly call: Call } {
  const [part = '', action = '', place = '', values = ''] = line.split(' ');
  const texts = values === '' ? [] : values.split(',').map(it => it.replace('<scope>', 'kg@neo4j'));
  const [service] = action.split(':');
  const names: Record<string, string> = {
    table: `<${ids.table}>`,
    queue: `<${ids.queue}>`,
    'dead-letters': `<${ids.deadLetters}>`,
    bucket: `<${ids.bucket}>`,
    'bucket/<object>': `<${ids.bucket}>/people/a.ndjson`,
    'bucket/<rejected>': `<${ids.bucket}>/_graphdrop/kg@neo4j/rejected/people/a.ndjson.ndjson`,
    secret: 'arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:graphdrop/kg-a1B2c3',
    bus: 'arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/default',
  };
  const key = { dynamodb: 'dynamodb:LeadingKeys', events: 'events:source' }[service ?? ''];
  return { part, call: { action, resource: names[place] ?? place, keys: key ? { [key]: texts } : {} } };
}

describe('the calls that the deployed functions make', async () => {
  const calls = (await knownCalls()).map(({ call }) => call);
  const parts = ['Sync', 'Verify', 'Status', 'OnEvent', 'IsComplete', 'Query', 'GarbageCollection'];
  const statements = granted(parts);

  it('are of every function', () => {
    expect([...new Set(calls.map(line => callOf(line).part))].sort()).toEqual([...parts].sort());
  });

  it.each(calls)('%s is allowed', line => {
    const { part, call } = callOf(line);
    const own = statements.filter(it => it.part === part);
    expect(own.filter(({ statement }) => allowingResource(statement, call, nameOf) !== undefined)).not.toEqual([]);
  });

  it('need every permission that there is', () => {
    const used = new Set<string>();
    for (const line of calls) {
      const { part, call } = callOf(line);
      for (const { statement } of statements.filter(it => it.part === part)) {
        const resource = allowingResource(statement, call, nameOf);
        if (resource !== undefined)
          used.add(`${part} ${call.action} ${resource} ${JSON.stringify(statement.Condition)}`);
      }
    }
    const leading = ({ Condition }: Statement) =>
      Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? '';
    const unused = statements.flatMap(({ part, statement }) =>
      list(statement.Action)
        .filter(
          action =>
            !(part !== 'Status' && action in BY_AWS) &&
            !action.startsWith('logs:') &&
            !(`${part} ${action} ${leading(statement)}` in RARE),
        )
        .flatMap(action =>
          list(statement.Resource).map(it => `${part} ${action} ${nameOf(it)} ${JSON.stringify(statement.Condition)}`),
        ),
    );
    expect(unused.filter(permission => !used.has(permission))).toEqual([]);
  });
});

describe('the evaluation', () => {
  const statement: Statement = {
    Effect: 'Allow',
    Action: ['dynamodb:GetItem'],
    Resource: 'table',
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*@*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  };
  const allows = (call: Partial<Call>, of = statement) =>
    allowingResource(
      of,
      { action: 'dynamodb:GetItem', resource: 'table', keys: { 'dynamodb:LeadingKeys': ['a@b', 'a@b#c'] }, ...call },
      String,
    ) !== undefined;

  it.each<[string, boolean, Partial<Call>]>([
    ['what it says', true, {}],
    ['another action', false, { action: 'dynamodb:PutItem' }],
    ['another resource', false, { resource: 'tables' }],
    ['one key among several that does not match', false, { keys: { 'dynamodb:LeadingKeys': ['a@b', 'contexts'] } }],
    ['no key at all', false, { keys: {} }],
  ])('%s: %s', (_what, expected, call) => {
    expect(allows(call)).toBe(expected);
  });

  it('takes a key of several values for no match where no set operator stands', () => {
    const single = { ...statement, Condition: { StringEquals: { 'events:source': 'graphdrop' } } };
    expect(allows({ keys: { 'events:source': ['graphdrop'] } }, single)).toBe(true);
    expect(allows({ keys: { 'events:source': ['graphdrop', 'graphdrop'] } }, single)).toBe(false);
  });
});
