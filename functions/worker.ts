import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import flows from '#flow';
import { type Flow, GraphdropError } from '../lib/index.ts';
import { Scope } from '../lib/scope.ts';
import { ContextItems, type DeployedContext } from '../lib/state/contexts.ts';
import { connectionFromSecret } from './connection-secret.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { log } from './log.ts';

/** The stack has no such context. */
export class UnknownContextError extends GraphdropError {
  readonly code = 'UNKNOWN_CONTEXT';
}

/** What a warm Lambda keeps between invocations: clients, connections, cached tree nodes. */
export class Worker {
  readonly environment: Environment;
  readonly #s3 = new S3Client(process.env.AWS_ENDPOINT_URL ? { forcePathStyle: true } : {});
  readonly #dynamo = new DynamoDBClient();
  readonly #secrets = new SecretsManagerClient();
  readonly #flows: ReadonlyMap<string, Flow>;
  readonly #scopes = new Map<string, Scope>();
  #contexts: ReadonlyMap<string, DeployedContext> = new Map();

  constructor(environment = readEnvironment()) {
    this.environment = environment;
    this.#flows = new Map([flows].flat().map(flow => [flow.context.name, flow]));
  }

  /** Reads what is deployed, once an invocation: a deploy of one context doesn't replace functions that are warm. */
  async refresh(): Promise<void> {
    const before = this.#contexts;
    this.#contexts = await new ContextItems(this.#dynamo, this.environment.table).inForce();
    for (const name of this.#scopes.keys()) {
      if (JSON.stringify(this.#contexts.get(name)) !== JSON.stringify(before.get(name))) await this.#forget(name);
    }
  }

  /** @throws UnknownContextError */
  context(name: string): DeployedContext {
    const context = this.#contexts.get(name);
    if (context !== undefined) return context;
    const known = this.contextNames().join(', ');
    throw new UnknownContextError(`this stack has no context ${JSON.stringify(name)}; it has ${known}`);
  }

  /** Of the flow module's contexts those that are deployed. */
  contextNames(): string[] {
    return [...this.#flows.keys()].filter(name => this.#contexts.has(name));
  }

  /**
   * Does work on a context's scope. Where the database refuses the credentials they are read anew and the work is
   * done once more: a rotation needs no deploy.
   */
  async withScope<T>(context: string, work: (scope: Scope) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#scope(context));
    } catch (error) {
      if (!isRefusedLogin(error)) throw error;
      log({ level: 'info', event: 'credentials-reread', context });
      await this.#forget(context);
      return await work(await this.#scope(context));
    }
  }

  async #scope(context: string): Promise<Scope> {
    const present = this.#scopes.get(context);
    if (present !== undefined) return present;
    const { secretId, database } = this.context(context);
    const flow = this.#flows.get(context);
    if (flow === undefined) throw new UnknownContextError(`the flow module has no flow for context ${context}`);
    const { bucket, table, code, limits } = this.environment;
    const connection = await connectionFromSecret(this.#secrets, secretId, database);
    const scope = new Scope({ flow, connection, s3: this.#s3, dynamo: this.#dynamo, table, bucket, code, limits, log });
    this.#scopes.set(context, scope);
    return scope;
  }

  async #forget(context: string): Promise<void> {
    const scope = this.#scopes.get(context);
    this.#scopes.delete(context);
    await scope?.connection.close();
  }
}

function isRefusedLogin(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (/^Neo\.ClientError\.Security\./.test((cause as { code?: string }).code ?? '')) return true;
  }
  return false;
}
