import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import type { Connection } from './connection.ts';
import type { GraphDropFunction } from './functions.ts';

/** Characters of a managed policy, of which IAM takes 6,144. */
const MOST_CHARACTERS = 5_500;

/** Characters of a name that isn't known before the deploy, and what a statement needs around its resources. */
const UNKNOWN_LENGTH = 110;
const STATEMENTS_LENGTH = 400;

/** Permission to read the secrets of these connections, in as few statements as there can be. */
export function readStatements(connections: readonly Connection[]): PolicyStatement[] {
  const [first] = connections;
  if (first === undefined) return [];
  const keys = [...new Set(connections.flatMap(({ keyArn }) => keyArn ?? []))];
  const read = new PolicyStatement({
    actions: ['secretsmanager:GetSecretValue'],
    resources: connections.map(({ secretArn }) => secretArn),
  });
  if (keys.length === 0) return [read];
  const decrypt = new PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: keys,
    // What comes behind the region differs by partition; AWS says it, not the caller.
    conditions: { StringLike: { 'kms:ViaService': `secretsmanager.${first.region}.*` } },
  });
  return [read, decrypt];
}

/**
 * Lets the functions of the custom resources read the secrets of all scopes.
 *
 * A deploy that removes a scope, or moves it to another secret, still needs the old secret when CloudFormation deletes what was
 * replaced, at its very end. So a policy is never updated: its name follows from its content, a change makes a new one, and the old one
 * is deleted after the resources that depend on it. For both to fit on a role, which takes ten managed policies, scopes share them.
 */
export class SecretAccess extends Construct {
  /** What a custom resource depends on. */
  readonly policies: readonly IDependable[];

  constructor(scope: Construct, id: string, readers: readonly GraphDropFunction[], connections: readonly Connection[]) {
    super(scope, id);
    const resolve = (value: unknown): unknown => Stack.of(this).resolve(value);
    this.policies = shared(connections, resolve).map(part => {
      const statements = readStatements(part);
      const content = JSON.stringify(resolve(statements.map(statement => statement.toStatementJson())));
      const name = createHash('sha256').update(content).digest('hex').slice(0, 16);
      return new ManagedPolicy(this, name, { statements, roles: readers.flatMap(({ role }) => role ?? []) });
    });
  }
}

/** Connections in parts whose statements fit in one policy. */
function shared(connections: readonly Connection[], resolve: (value: unknown) => unknown): Connection[][] {
  const parts: Connection[][] = [];
  let left = 0;
  for (const connection of connections) {
    const { secretArn, keyArn } = connection;
    const size = lengthOf(resolve(secretArn)) + lengthOf(resolve(keyArn));
    if (size > left) {
      parts.push([]);
      left = MOST_CHARACTERS - STATEMENTS_LENGTH;
    }
    parts.at(-1)?.push(connection);
    left -= size;
  }
  return parts;
}

/** Returns how long a text of a template can be once it is deployed. */
function lengthOf(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return value.length + '"",'.length;
  const { 'Fn::Join': join, Ref } = value as { readonly 'Fn::Join'?: [string, unknown[]]; readonly Ref?: string };
  if (join !== undefined) return join[1].reduce((sum: number, part) => sum + lengthOf(part), 0);
  return Ref?.startsWith('AWS::') ? 'ap-southeast-99'.length : UNKNOWN_LENGTH;
}
