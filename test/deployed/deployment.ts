import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, inject } from 'vitest';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import type { StatusStore } from '../../lib/state/state-store.ts';
import { clientConfig } from '../support/aws-address.ts';
import {
  bootstrap,
  createConnectionSecret,
  type DeployedStack,
  deployStack,
  destroyStack,
  type StackOptions,
} from '../support/deploy-stack.ts';
import { KNOWN_CALLS, knownCalls, recordedCalls } from './recorded-calls.ts';

/** A stack deployed by the real CDK for one test file, with the clients to use it. */
export class Deployment {
  readonly aws = inject('services').miniStack;
  readonly neo4j = inject('services').neo4j;
  readonly s3 = new S3Client({ ...clientConfig(this.aws), forcePathStyle: true });
  readonly dynamo = new DynamoDBClient(clientConfig(this.aws));
  readonly #lambda = new LambdaClient(clientConfig(this.aws));
  readonly #sqs = new SQSClient(clientConfig(this.aws));
  readonly #events = new EventBridgeClient(clientConfig(this.aws));
  readonly #connection: ConnectionFactory;
  readonly #context: string;
  #options: StackOptions;
  #stack: DeployedStack | undefined;
  /** The stack as it was last, for what is asked about one that is gone. */
  #last: DeployedStack | undefined;

  /** @param context the flow module's, or the one of them whose queue, status and lease this is about */
  constructor(context: string, graph: string, options: Partial<StackOptions> = {}) {
    const { boltUri, username, password, database } = this.neo4j;
    this.#context = context;
    this.#connection = new ConnectionFactory({ uri: boltUri, auth: { username, password }, database });
    this.#options = { aws: this.aws, graph, stack: `graphdrop-${context}`, removalPolicy: 'destroy', ...options };
  }

  /** @param changes of the options, from now on */
  async deploy(changes: Partial<StackOptions> = {}): Promise<void> {
    if (this.#stack === undefined) {
      await this.rotatePassword();
      await bootstrap(this.aws);
    }
    this.#options = { ...this.#options, ...changes };
    this.#stack = await deployStack(this.#options);
    this.#last = this.#stack;
  }

  /**
   * Gives the stack's own database user a new password, says so in the secret, and ends the user's connections: those that
   * are open would be good for ever.
   */
  async rotatePassword(): Promise<void> {
    const user = { username: `graphdrop-${this.#context}`, password: randomUUID() };
    await this.query('CREATE OR REPLACE USER $username SET PASSWORD $password CHANGE NOT REQUIRED', user);
    await createConnectionSecret(this.aws, this.#context, { ...user, boltUri: this.neo4j.boltUri });
    await this.query(
      `CALL dbms.listConnections() YIELD connectionId, username AS user WHERE user = $username
       CALL dbms.killConnection(connectionId) YIELD message RETURN message`,
      user,
    );
  }

  async destroy(): Promise<void> {
    this.#stack = undefined;
    await destroyStack(this.#options);
  }

  /** Destroys what a test that failed left, and looks whether functions made calls that their policies weren't checked for. */
  async close(): Promise<void> {
    if (this.#stack !== undefined) await this.destroy();
    await this.#connection.close();
    const known = new Set((await knownCalls()).map(({ call }) => call));
    const unknown = (await this.calls()).filter(call => !known.has(call));
    expect(unknown, `calls that ${KNOWN_CALLS} lacks: add them, and the permissions that they need`).toEqual([]);
  }

  /** Lists the kinds of AWS calls that the stack's functions made. */
  async calls(): Promise<string[]> {
    const { stack = '' } = this.#options;
    return this.#last === undefined ? [] : await recordedCalls(this.aws.callsFile, stack, this.#last);
  }

  /** Finds the function whose logical id has this in it. */
  async functionNamed(part: string): Promise<string> {
    const prefix = `${this.#options.stack}-`;
    for (let Marker: string | undefined; ; ) {
      const page = await this.#lambda.send(new ListFunctionsCommand({ ...(Marker && { Marker }) }));
      for (const { FunctionName = '' } of page.Functions ?? [])
        if (FunctionName.startsWith(prefix) && FunctionName.includes(part)) return FunctionName;
      if (page.NextMarker === undefined || page.NextMarker === '') throw new Error(`no function ${prefix}...${part}`);
      Marker = page.NextMarker;
    }
  }

  /** Changes the seconds that a function has. */
  async setTimeout(FunctionName: string, Timeout: number): Promise<void> {
    await this.#lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }));
  }

  get stack(): DeployedStack {
    if (this.#stack === undefined) throw new Error('not deployed');
    return this.#stack;
  }

  status(scope = `${this.#context}@${this.neo4j.database}`): StatusStore {
    return dynamoDbState(this.dynamo, this.stack.table).scope(scope).status;
  }

  /** Of a state table that a stack left, or one has yet to get. */
  statusIn(table: string): StatusStore {
    return dynamoDbState(this.dynamo, table).scope(`${this.#context}@${this.neo4j.database}`).status;
  }

  async query(text: string, parameters: Record<string, unknown> = {}): Promise<Record<string, unknown>[]> {
    return await this.#connection.graph.query(text, parameters);
  }

  /** Invokes a function, the one that syncs by default, directly, as Step Functions do. */
  async invoke(payload: object, name: keyof DeployedStack['functions'] = 'sync'): Promise<unknown> {
    return await this.invokeNamed(this.stack.functions[name], payload);
  }

  async invokeNamed(FunctionName: string, payload: object): Promise<unknown> {
    const answer = await this.#lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) throw new Error(text);
    return JSON.parse(text);
  }

  /** Invokes the sync function as SQS does. */
  async deliver(bodies: Readonly<Record<string, string>>, queue?: string): Promise<unknown> {
    const name = queue ?? (await this.#queueUrl()).split('/').pop();
    const eventSourceARN = `arn:aws:sqs:${this.aws.region}:000000000000:${name}`;
    const record = { eventSource: 'aws:sqs', eventSourceARN };
    return await this.invoke({
      Records: Object.entries(bodies).map(([messageId, body]) => ({ ...record, messageId, body })),
    });
  }

  /** Holds the scope's lease, as a worker that is busy would; returns how to give it back. */
  async holdLease(milliseconds: number): Promise<() => Promise<void>> {
    const state = dynamoDbState(this.dynamo, this.stack.table);
    const { head } = new ScopeState(state, `${this.#context}@${this.neo4j.database}`);
    const { definition } = (await head.read()) ?? {};
    const held = await head.acquire('somebody', definition ?? '', milliseconds);
    if (typeof held === 'string') throw new Error(`the lease is refused: ${held}`);
    return async () => await head.release(held.epoch);
  }

  async #queueUrl(kind: 'Queue' | 'DeadLetters' = 'Queue'): Promise<string> {
    const { QueueUrls = [] } = await this.#sqs.send(new ListQueuesCommand({}));
    const ours = new RegExp(`/${this.#options.stack}-[A-Za-z]+Scope${this.#context}${kind}`);
    return QueueUrls.find(url => ours.test(url)) ?? '';
  }

  /** Leaves a message that nobody could handle. */
  async sendDeadLetter(MessageBody: string): Promise<void> {
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: await this.#queueUrl('DeadLetters'), MessageBody }));
  }

  /** Waits until the scope's queue has nothing left, neither visible nor in work nor delayed. */
  async drained(): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    // Empty twice: an event on its way from the bucket to the queue is in neither.
    for (let quiet = 0; quiet < 2; ) {
      await sleep(500);
      const { Attributes = {} } = await this.#sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      const waiting = Object.entries(Attributes)
        .filter(([name]) => name.startsWith('ApproximateNumberOfMessages'))
        .reduce((sum, [, count]) => sum + Number(count), 0);
      quiet = waiting === 0 ? quiet + 1 : 0;
    }
  }

  /** Has the default bus's events of a type sent to a queue of the test's, and returns how to receive the next one. */
  async listen(detailType: string): Promise<() => Promise<Record<string, unknown>>> {
    const Rule = `listen-${randomUUID()}`;
    const { QueueUrl } = await this.#sqs.send(new CreateQueueCommand({ QueueName: Rule }));
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const EventPattern = JSON.stringify({ source: ['graphdrop'], 'detail-type': [detailType] });
    await this.#events.send(new PutRuleCommand({ Name: Rule, EventPattern }));
    await this.#events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn }] }));
    return async () => {
      const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      const body = Messages[0]?.Body;
      if (body === undefined) throw new Error(`no event "${detailType}" came within 20 s`);
      return (JSON.parse(body) as { detail: Record<string, unknown> }).detail;
    };
  }
}
