/** Promise: a stack of many contexts stays within AWS' limits of functions, roles and stacks. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { flowOf, graphDrop, resources } from './synth.ts';

const COUNT = 40;
const names = Array.from({ length: COUNT }, (_, i) => `tenant-with-quite-a-long-name-${i}`);

/** Each with a database of its own, and a key that its secret is encrypted with. */
const template = Template.fromStack(
  Stack.of(
    graphDrop(stack => {
      const contexts = names.map((name, i) => {
        const arn = `arn:aws:kms:eu-central-1:123456789012:key/${String(i).padStart(8, '0')}-1111-2222-3333-444444444444`;
        return [name, { database: `database${i}`, secretKey: Key.fromKeyArn(stack, `Key${i}`, arn) }];
      });
      return { flow: flowOf(...names), contexts: Object.fromEntries(contexts) };
    }),
  ),
);

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

describe(`a stack of ${COUNT} contexts whose secrets have keys`, () => {
  it('has at most 500 resources', () => {
    expect(Object.keys(template.toJSON().Resources).length).toBeLessThanOrEqual(500);
  });

  it('gives functions an environment of far less than 4 KB', () => {
    for (const { Properties } of Object.values(resources(template, 'AWS::Lambda::Function'))) {
      expect(size(Properties.Environment ?? {})).toBeLessThan(1000);
    }
  });

  it('keeps the inline policies of each role within 10,240 characters, managed ones within 6,144 and five a role', () => {
    const inline = new Map<string, number>();
    for (const { Properties } of Object.values(resources(template, 'AWS::IAM::Policy'))) {
      for (const { Ref } of Properties.Roles as { Ref: string }[]) {
        inline.set(Ref, (inline.get(Ref) ?? 0) + size(Properties.PolicyDocument));
      }
    }
    expect(inline.size).toBeGreaterThan(3);
    for (const [role, characters] of inline) expect([role, characters <= 10_240]).toEqual([role, true]);
    const managed = resources(template, 'AWS::IAM::ManagedPolicy');
    const attached: string[] = [];
    for (const [id, { Properties }] of Object.entries(managed)) {
      expect([id, size(Properties.PolicyDocument) <= 6_144]).toEqual([id, true]);
      attached.push(...((Properties.Roles ?? []) as { Ref: string }[]).map(({ Ref }) => Ref));
    }
    for (const { Properties } of Object.values(resources(template, 'AWS::IAM::Role'))) {
      attached.push(...((Properties.ManagedPolicyArns ?? []) as { Ref?: string }[]).flatMap(({ Ref }) => Ref ?? []));
    }
    // A role takes ten. In the middle of an update it has the old ones and the new ones.
    for (const role of attached) expect(attached.filter(other => other === role).length).toBeLessThanOrEqual(5);
  });
});
