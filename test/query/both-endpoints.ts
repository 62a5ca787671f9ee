import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import neo4j, { type Driver } from 'neo4j-driver';
import { inject } from 'vitest';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { scopeName } from '../../lib/state/scope-name.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';

/** One request. `§` in its texts stands for a name that no other request and no other endpoint has. */
export interface QueryRequest {
  /** Run before, on their own. */
  readonly setup?: readonly string[];
  readonly method?: string;
  /** Default `/db/neo4j/tx/commit`. */
  readonly path?: string;
  /** Beside Content-Type and Authorization; empty: the header isn't sent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface QueryResponse {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  /** The nodes with the request's names that are in the graph afterwards, and how many relationships each has. */
  readonly left: readonly string[];
}

type Handler = (
  event: LambdaFunctionURLEvent,
  context?: { getRemainingTimeInMillis(): number },
) => Promise<{
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}>;

type Answer = Omit<QueryResponse, 'left'>;

/** The server's own HTTP endpoint, and the query function's handler in this process, on the same database. */
export class BothEndpoints {
  readonly #neo4j = inject('services').neo4j;
  readonly #run = randomUUID().slice(0, 6);
  readonly driver: Driver;
  readonly secrets = new SecretsManagerClient(clientConfig(inject('services').miniStack));
  #requests = 0;
  #handler: Handler | undefined;

  constructor() {
    const { boltUri, username, password } = this.#neo4j;
    this.driver = neo4j.driver(boltUri, neo4j.auth.basic(username, password));
  }

  /**
   * Stores the secrets and loads the handler, which reads its environment then.
   *
   * @param more contexts beside `kg`, which is the database of the tests: what differs from that
   */
  async open(
    more: Readonly<Record<string, { readonly database?: string; readonly secret?: object }>> = {},
  ): Promise<void> {
    const aws = inject('services').miniStack;
    const { boltUri, username, password, database } = this.#neo4j;
    const dynamo = new DynamoDBClient(clientConfig(aws));
    const table = `query-${this.#run}`;
    await createStateTable(dynamo, table);
    const state = dynamoDbState(dynamo, table);
    for (const [context, { database: other, secret }] of Object.entries({ kg: {}, ...more } as typeof more)) {
      const secretId = this.secretId(context);
      const SecretString = JSON.stringify({ uri: boltUri, username, password, ...secret });
      await this.secrets.send(new CreateSecretCommand({ Name: secretId, SecretString }));
      const { deployments } = state.scope(scopeName(context, other ?? database));
      await deployments.put(context, { secretId, queueUrl: '', definition: '' });
    }
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
      GRAPHDROP_TABLE: table,
      GRAPHDROP_QUERY_ACCESS: 'write',
    });
    this.#handler = (await import('../../functions/query.ts')).handler as unknown as Handler;
  }

  secretId(context: string): string {
    return `query-${this.#run}-${context}`;
  }

  /** Removes what requests have left. */
  async close(): Promise<void> {
    const { database } = this.#neo4j;
    const ours = { run: `Q${this.#run}` };
    for (const [kind, all] of [
      ['CONSTRAINT', 'CONSTRAINTS'],
      ['INDEX', 'INDEXES'],
    ]) {
      const show = `SHOW ${all} YIELD name WHERE name CONTAINS $run RETURN name`;
      const { records } = await this.driver.executeQuery(show, ours, { database });
      for (const record of records)
        await this.driver.executeQuery(`DROP ${kind} \`${record.get('name')}\``, {}, { database });
    }
    const nodes = 'MATCH (n) WHERE any(label IN labels(n) WHERE label STARTS WITH $run) DETACH DELETE n';
    await this.driver.executeQuery(nodes, ours, { database });
    await this.driver.close();
  }

  /** Sends a request to both; the one name of each is `§` again in what they answer. */
  async send(request: QueryRequest): Promise<{ readonly server: QueryResponse; readonly ours: QueryResponse }> {
    this.#requests += 1;
    const name = (side: string) => `Q${this.#run}${side}${String(this.#requests).padStart(4, '0')}`;
    const [server, ours] = await Promise.all([
      this.#as(name('s'), request, it => this.#askServer(it)),
      this.#as(name('o'), request, it => this.#askHandler(it)),
    ]);
    return { server, ours };
  }

  /** The handler's answer to any event, as JSON: what the Lambda runtime makes of it. */
  async invoke(event: object, remainingMs = 60_000): Promise<string> {
    const context = { getRemainingTimeInMillis: () => remainingMs };
    return JSON.stringify(await this.#handler?.(event as LambdaFunctionURLEvent, context));
  }

  /** The handler's answer to a request of its URL. */
  async ask(request: QueryRequest): Promise<Answer> {
    return await this.#askHandler(request);
  }

  async #as(
    name: string,
    request: QueryRequest,
    ask: (request: QueryRequest) => Promise<Answer>,
  ): Promise<QueryResponse> {
    const named = (text: string) => text.replaceAll('§', name);
    const { database } = this.#neo4j;
    for (const text of request.setup ?? []) await this.driver.executeQuery(named(text), {}, { database });
    const { body } = request;
    const response = await ask({ ...request, ...(typeof body === 'string' && { body: named(body) }) });
    const writes = typeof body === 'string' && /CREATE|MERGE|SET|DELETE/.test(body);
    const left = writes ? await this.#left(name) : [];
    return { ...response, body: response.body.replaceAll(name, '§'), left };
  }

  async #left(name: string): Promise<string[]> {
    const names = [name, `${name}n`, `${name}b`];
    // Not by label: the text would be new for the server each time.
    const text = `MATCH (n) WHERE any(label IN labels(n) WHERE label IN $names)
      RETURN labels(n) AS labels, properties(n) AS values, COUNT { (n)--() } AS degree`;
    const { records } = await this.driver.executeQuery(text, { names }, { database: this.#neo4j.database });
    return records.map(record => JSON.stringify(record.toObject()).replaceAll(name, '§')).sort();
  }

  async #askServer({ method, path, headers, body }: QueryRequest): Promise<Answer> {
    const response = await fetch(`${this.#neo4j.httpUri}${path ?? '/db/neo4j/tx/commit'}`, {
      method: method ?? 'POST',
      headers: this.#headers(headers),
      ...(body !== undefined && { body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(body) }),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? undefined,
      body: await response.text(),
    };
  }

  async #askHandler({ method, path, headers, body }: QueryRequest): Promise<Answer> {
    const event = {
      version: '2.0',
      rawPath: path ?? '/db/neo4j/tx/commit',
      headers: this.#headers(headers),
      requestContext: { http: { method: method ?? 'POST' } },
      ...(typeof body === 'string' && { body, isBase64Encoded: false }),
      ...(body instanceof Uint8Array && { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
    } as LambdaFunctionURLEvent;
    const answer = await this.#handler?.(event);
    if (answer === undefined) throw new Error('call open() first');
    return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.body ?? '' };
  }

  #headers(given: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { username, password } = this.#neo4j;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const all = { 'content-type': 'application/json', authorization, ...given };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  }
}
