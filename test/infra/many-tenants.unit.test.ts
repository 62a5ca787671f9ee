/** Limit: what AWS allows a function, a role and a stack must hold many contexts. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { flowOf, graphDrop, resources } from './synth.ts';

const COUNT = 40;
const names = Array.from({ length: COUNT }, (_, i) => `tenant-with-quite-a-long-name-${i}`);
const contexts = Object.fromEntries(names.map((name, i) => [name, { database: `database${i}` }]));
const template = Template.fromStack(Stack.of(graphDrop(() => ({ flow: flowOf(...names), contexts }))));

/** As CloudFormation makes it, roughly: references become names and ARNs. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? 'eu-central-99' : `graphdrop-${Ref}-ABCDEFGHIJKL`;
  if (Array.isArray(attribute))
    return `arn:aws:service:eu-central-1:123456789012:graphdrop-${attribute[0]}-ABCDEFGHIJKL`;
  if (Array.isArray(join)) return (resolved(join[1]) as string[]).join(String(join[0]));
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, resolved(of)]));
}

const size = (value: unknown): number => JSON.stringify(resolved(value)).length;

describe(`a stack of ${COUNT} contexts`, () => {
  it('has at most 500 resources', () => {
    expect(Object.keys(template.toJSON().Resources).length).toBeLessThanOrEqual(500);
  });

  it('gives functions an environment of far less than 4 KB', () => {
    for (const { Properties } of Object.values(resources(template, 'AWS::Lambda::Function'))) {
      expect(size(Properties.Environment ?? {})).toBeLessThan(1000);
    }
  });

  it('keeps the inline policies of each role within 10,240 characters, managed ones within 6,144 and ten a role', () => {
    const roles = new Map<string, number>();
    for (const { Properties } of Object.values(resources(template, 'AWS::IAM::Policy'))) {
      for (const { Ref } of Properties.Roles as { Ref: string }[]) {
        roles.set(Ref, (roles.get(Ref) ?? 0) + size(Properties.PolicyDocument));
      }
    }
    expect(roles.size).toBeGreaterThan(3);
    for (const [role, characters] of roles) expect([role, characters <= 10_240]).toEqual([role, true]);
    const managed = Object.values(resources(template, 'AWS::IAM::ManagedPolicy'));
    expect(managed.length).toBeLessThanOrEqual(10);
    for (const { Properties } of managed) expect(size(Properties.PolicyDocument)).toBeLessThanOrEqual(6_144);
  });
});
