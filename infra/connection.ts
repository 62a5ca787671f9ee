import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** How one context reaches its database. */
export interface ContextProps {
  /**
   * Holds `{ "uri": "neo4j+s://...", "username": "...", "password": "..." }`, or a `token` instead of both; read at run time, so
   * a rotated password needs no deploy. An `https://` uri is for networks where only that gets through: docs/transports.md.
   *
   * @default - the existing secret named `graphdrop/<context>`
   */
  readonly secret?: ISecret;
  /**
   * The key that the secret is encrypted with, where `secret` doesn't know: a secret that is looked up by name.
   *
   * @default - the key that `secret` was made with, else AWS' own, which needs no permission
   */
  readonly secretKey?: IKey;
  /** @default 'neo4j' */
  readonly database?: string;
}

/** One context's connection, as functions and policies need it. */
export class Connection {
  readonly database: string;
  /** What `GetSecretValue` takes: the ARN, or the name where the ARN's random end isn't known. */
  readonly secretId: string;
  readonly #secret: ISecret;
  readonly #key: IKey | undefined;

  constructor(scope: Construct, context: string, props: ContextProps = {}) {
    this.database = props.database ?? 'neo4j';
    this.#secret = props.secret ?? Secret.fromSecretNameV2(scope, `Secret-${context}`, `graphdrop/${context}`);
    this.#key = props.secretKey ?? this.#secret.encryptionKey;
    this.secretId = this.#secret.secretFullArn ?? this.#secret.secretName;
  }

  /** Permission to read the secret, for a policy. */
  readStatements(): PolicyStatement[] {
    const { secretFullArn, secretArn } = this.#secret;
    const read = new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretFullArn ?? `${secretArn}-??????`],
    });
    if (!this.#key) return [read];
    const decrypt = new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [this.#key.keyArn],
      // What comes behind the region differs by partition; AWS says it, not who calls.
      conditions: { StringLike: { 'kms:ViaService': `secretsmanager.${Stack.of(this.#secret).region}.*` } },
    });
    return [read, decrypt];
  }
}
