import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { S3Objects } from '../bucket/s3-objects.ts';
import type { Flow } from '../definition/flow.ts';
import { GraphdropError } from '../errors.ts';
import type { ObjectStore } from '../files/object-store.ts';
import { redactValues } from '../files/redaction.ts';
import { classOf } from '../neo4j/error-class.ts';
import { Scope } from '../scope.ts';
import { dynamoDbState } from '../state/dynamodb/dynamodb-state.ts';
import type { DeployedContext, StateStore } from '../state/state-store.ts';
import { dynamoClient, s3Client } from './clients.ts';
import { type ConnectionSecret, connectionOf } from './connection-secret.ts';
import { definitionDifferences } from './definition-check.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { log } from './log.ts';
import { SecretCache } from './secret-cache.ts';

/** Milliseconds to wait before a secret is read again for an error: it may have been rotated just after it was read. */
const REREAD_MS = 1_000;

/** The stack has no such context. */
export class UnknownContextError extends GraphdropError {
  readonly code = 'UNKNOWN_CONTEXT';
}

/** What a warm Lambda keeps between invocations: clients, connections, cached tree nodes. */
export class Worker {
  readonly environment: Environment;
  readonly #objects: ObjectStore;
  readonly #state: StateStore;
  readonly #flows: ReadonlyMap<string, Flow>;
  readonly #secrets = new SecretCache();
  readonly #scopes = new Map<string, { readonly scope: Scope; readonly secret: ConnectionSecret }>();
  #contexts: ReadonlyMap<string, DeployedContext> = new Map();

  /** @param flows the default export of the user's flow module */
  constructor(flows: Flow | readonly Flow[], environment = readEnvironment()) {
    this.environment = environment;
    redactValues(environment.redact ?? false);
    this.#objects = new S3Objects(s3Client(), environment.bucket);
    this.#state = dynamoDbState(dynamoClient(), environment.table);
    this.#flows = new Map([flows].flat().map(flow => [flow.context.name, flow]));
  }

  /** Reads what is deployed, once an invocation: a deploy of one context doesn't replace functions that are warm. */
  async refresh(): Promise<void> {
    const before = this.#contexts;
    this.#contexts = await this.#state.contexts();
    for (const name of this.#scopes.keys()) {
      if (JSON.stringify(this.#contexts.get(name)) !== JSON.stringify(before.get(name))) await this.#forget(name);
    }
    const deployed = this.contextNames().map(name => this.#flows.get(name) as Flow);
    for (const entry of definitionDifferences(deployed, this.environment)) log(entry);
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
   * Does work on a context's scope, as its secret says. Where the database refuses the credentials, or can't be reached, the secret is
   * read anew; if it was changed, the work is done once more: neither a rotation nor a move needs a deploy.
   */
  async withScope<T>(context: string, work: (scope: Scope) => Promise<T>): Promise<T> {
    const { secretId } = this.context(context);
    const before = await this.#secrets.get(secretId);
    try {
      return await work(await this.#scope(context, before));
    } catch (error) {
      if (!mayBeSecret(error)) throw error;
      await sleep(REREAD_MS);
      const now = await this.#secrets.get(secretId, REREAD_MS);
      if (isDeepStrictEqual(now, before)) throw error;
      log({ level: 'info', event: 'credentials-reread', context });
      return await work(await this.#scope(context, now));
    }
  }

  async #scope(context: string, secret: ConnectionSecret): Promise<Scope> {
    const present = this.#scopes.get(context);
    if (present !== undefined && isDeepStrictEqual(present.secret, secret)) return present.scope;
    await this.#forget(context);
    const flow = this.#flows.get(context);
    if (flow === undefined) throw new UnknownContextError(`the flow module has no flow for context ${context}`);
    const { code, limits } = this.environment;
    const connection = connectionOf(secret, this.context(context).database);
    const scope = new Scope({ flow, connection, objects: this.#objects, state: this.#state, code, limits, log });
    this.#scopes.set(context, { scope, secret });
    return scope;
  }

  async #forget(context: string): Promise<void> {
    const kept = this.#scopes.get(context);
    this.#scopes.delete(context);
    await kept?.scope.connection.close();
  }
}

/** Whether an error may come of a secret that was changed since it was read. */
function mayBeSecret(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { readonly code?: string };
    if (classOf(cause) === 'credentials' || code === 'ServiceUnavailable' || code === 'SessionExpired') return true;
  }
  return false;
}
