import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Database that a context has by default. */
export const DEFAULT_DATABASE = 'neo4j';

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
  /** The secret as policies name it. */
  readonly secretArn: string;
  /** The key that the secret is encrypted with; undefined: AWS' own. */
  readonly keyArn: string | undefined;
  readonly region: string;

  constructor(scope: Construct, context: string, props: ContextProps = {}) {
    this.database = props.database ?? DEFAULT_DATABASE;
    const secret = props.secret ?? Secret.fromSecretNameV2(scope, `Secret-${context}`, `graphdrop/${context}`);
    this.secretId = secret.secretFullArn ?? secret.secretName;
    this.secretArn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
    this.keyArn = (props.secretKey ?? secret.encryptionKey)?.keyArn;
    this.region = Stack.of(secret).region;
  }
}
