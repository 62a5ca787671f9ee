/** Threat: the query function reaches more of the account than it needs, or is open unasked. */
import { describe, expect, it } from 'vitest';
import { CONTEXT_PARTITION } from '../../lib/state/dynamodb/items.ts';
import { resources, synthesized, theOne } from './synth.ts';

const withUrl = () => ({ queryUrl: true });
const plain = synthesized();
const open = synthesized(withUrl);

describe('the query function reaches its contexts’ databases and nothing else', () => {
  it('may read which they are and their secrets, and write its log', () => {
    const policies = Object.values(resources(open, 'AWS::IAM::Policy', 'QueryFunctionRole'));
    interface Granted {
      Action: unknown;
      Resource: unknown;
      Condition?: unknown;
    }
    const statements = policies.flatMap(
      ({ Properties }) => (Properties.PolicyDocument as { Statement: Granted[] }).Statement,
    );
    const granted = statements.map(({ Action, Resource, Condition }) =>
      [`${[Action].flat()} on ${JSON.stringify(Resource)}`, ...(Condition ? [JSON.stringify(Condition)] : [])].join(
        ' if ',
      ),
    );
    const contexts = {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [CONTEXT_PARTITION] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    };
    expect(granted.sort()).toEqual([
      expect.stringMatching(/^dynamodb:Query on \{"Fn::GetAtt":\["GraphDropState\w+","Arn"\]\} if /),
      expect.stringMatching(/^logs:CreateLogStream,logs:PutLogEvents on \{"Fn::GetAtt":\["GraphDropQueryFunctionLogs/),
      expect.stringMatching(/^secretsmanager:GetSecretValue on .*:secret:graphdrop\/kg-\?\?\?\?\?\?/),
    ]);
    expect(granted[0]).toContain(JSON.stringify(contexts));
  });

  it('knows the state table, and not the bucket', () => {
    const { Properties } = theOne(plain, 'AWS::Lambda::Function', 'QueryFunction');
    const { Variables } = Properties.Environment as { Variables: Record<string, string> };
    expect(Object.keys(Variables).sort()).toEqual(['GRAPHDROP_QUERY_ACCESS', 'GRAPHDROP_TABLE', 'NODE_OPTIONS']);
    expect(Variables.GRAPHDROP_QUERY_ACCESS).toBe('read');
  });
});

describe('its URL', () => {
  it('is there only when asked for', () => {
    expect(resources(plain, 'AWS::Lambda::Url')).toEqual({});
    expect(Object.keys(plain.findOutputs('*')).filter(name => name.includes('QueryUrl'))).toEqual([]);
  });

  it('is of that function alone, without CORS, and an output', () => {
    const { Properties } = theOne(open, 'AWS::Lambda::Url');
    expect(Properties).toEqual({
      AuthType: 'NONE',
      TargetFunctionArn: { 'Fn::GetAtt': [expect.stringContaining('QueryFunction'), 'Arn'] },
    });
    const permissions = Object.values(resources(open, 'AWS::Lambda::Permission')).filter(
      it => it.Properties.Principal === '*',
    );
    expect(permissions.length).toBeGreaterThan(0);
    for (const { Properties: permission } of permissions) {
      expect(JSON.stringify(permission.FunctionName)).toContain('QueryFunction');
    }
    expect(Object.keys(open.findOutputs('*')).filter(name => name.includes('QueryUrl'))).toHaveLength(1);
  });

  it('takes ten requests at a time, or as many as the stack says', () => {
    const concurrency = (of: typeof open) =>
      theOne(of, 'AWS::Lambda::Function', 'QueryFunction').Properties.ReservedConcurrentExecutions;
    expect([concurrency(plain), concurrency(open)]).toEqual([undefined, 10]);
    expect(concurrency(synthesized(() => ({ queryUrl: true, queryConcurrency: false })))).toBeUndefined();
    expect(concurrency(synthesized(() => ({ queryConcurrency: 3 })))).toBe(3);
  });
});
