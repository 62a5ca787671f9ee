import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Neo4jError } from 'neo4j-driver';
import { inject } from 'vitest';
import type { CommitInput } from '../../lib/neo4j/graph-database.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import type { Scope, ScopeLimits, Step } from '../../lib/scope.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo, type Transport, uriOf } from '../support/connection.ts';
import {
  boltBegin,
  boltCommit,
  boltCommitAnswer,
  type CutOptions,
  startTcpProxy,
  type TcpProxy,
} from '../support/tcp-proxy.ts';
import { withCommit } from '../sync/with-commit.ts';
import type { World } from '../sync/world.ts';
import type { CallFault, Cut, Fault } from './faults.ts';
import { DeathError, type Fate, faultyDynamo } from './faulty-dynamo.ts';
import { faultyObjects, type ObjectFate } from './faulty-objects.ts';
import { faultyState } from './faulty-state.ts';
import { ARCHIVED } from './records.ts';
import { flowOptions, type Shape } from './simulated-flow.ts';
import type { Tally } from './tally.ts';

/** What a worker sends to begin and to commit its batch; by HTTP it is one request. */
const begins = (by: Transport) => (by === 'bolt' ? boltBegin : batchRequest);
const commits = (by: Transport) => (by === 'bolt' ? boltCommit : batchRequest);
const batchRequest = new TextEncoder().encode('SET f.root = $next');

const cuts: Readonly<Record<Cut, (by: Transport) => CutOptions>> = {
  before: () => ({ forward: false }),
  after: by => ({ forward: true, ...(by === 'bolt' && { afterReply: boltCommitAnswer }) }),
  either: () => ({ forward: true, afterReply: false }),
};

/** How a process is started. */
export interface ProcessOptions {
  readonly maxRows: number;
  readonly memory: Partial<ScopeLimits>;
  readonly transport: Transport;
  /** Keys of objects that can't be read for now. */
  readonly archived: ReadonlySet<string>;
}

/** How many times as slow as a quiet one the machine is: where every batch outlasts its lease, little happens. */
export const slowness = Number(process.env.GRAPHDROP_SLOWNESS ?? 1);

/** Its lease is over soon, and the server gives its transaction up as soon as it can. */
const limits = { leaseMs: 500 * slowness, transactionMs: 400 * slowness, leaseWaitMs: 4_000 * slowness, maxTries: 4 };

/** After which an object whose bytes don't come is given up. */
const STALL_MS = 800;

/** Whether a statement's row gives this name or text to a node. */
function writes(row: unknown, text: string): boolean {
  const { name, text: said } = ((row as { p?: object } | null)?.p ?? {}) as { name?: unknown; text?: unknown };
  return name === text || said === text;
}

/** One life of a worker: a scope with connections of its own, which all fail once it is dead. */
export class SimulatedProcess implements Fate {
  readonly scope: Scope;
  /** Of the definition it was started with. */
  readonly shape: Shape;
  dead = false;
  readonly #transport: Transport;
  readonly #archived: ReadonlySet<string>;
  readonly #connection: ConnectionFactory;
  readonly #proxy: TcpProxy;
  readonly #s3: S3Client;
  readonly #dynamo: DynamoDBClient;
  readonly #tally: Tally;
  #fault: Fault = { kind: 'none' };
  /** Times that what the fault waits for was seen. */
  #seen = 0;
  #woken = Promise.withResolvers<void>();
  #frozen = false;

  static async start(world: World, options: ProcessOptions, shape: Shape, tally: Tally): Promise<SimulatedProcess> {
    const { hostname, port } = new URL(uriOf(inject('services').neo4j, options.transport));
    const proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } });
    return new SimulatedProcess(world, options, shape, tally, proxy);
  }

  constructor(
    world: World,
    { maxRows, memory, transport, archived }: ProcessOptions,
    shape: Shape,
    tally: Tally,
    proxy: TcpProxy,
  ) {
    this.shape = shape;
    this.#transport = transport;
    this.#archived = archived;
    const { neo4j, miniStack } = inject('services');
    this.#tally = tally;
    this.#proxy = proxy;
    this.#connection = connectionTo(neo4j, { by: transport, at: `${proxy.host}:${proxy.port}` });
    this.#dynamo = faultyDynamo(this);
    this.#s3 = new S3Client({ ...clientConfig(miniStack), forcePathStyle: true });
    this.#s3.middlewareStack.add(
      (next, context) => async args => {
        this.#live();
        const { commandName = '' } = context;
        await this.#withhold(commandName, (args.input as { Key?: string }).Key);
        const answer = await next(args);
        await this.#delay(commandName);
        // What a dead process doesn't read goes with its connections, and nobody hears of that.
        if (this.dead) (answer.output as { Body?: Readable }).Body?.on('error', () => {}).destroy();
        this.#live();
        this.#stall(commandName, (args.input as { Key?: string }).Key, answer.output);
        return answer;
      },
      { step: 'initialize', name: 'simulatedFate' },
    );
    this.scope = world.worker({
      ...flowOptions(world.name, shape),
      connection: withCommit(this.#connection, commit => async input => {
        await this.#serve(input);
        return await commit(input);
      }),
      ...(world.stores === null
        ? { dynamo: this.#dynamo, s3: this.#s3, stallMs: STALL_MS * slowness }
        : { state: faultyState(world.state(), this), objects: faultyObjects(world.objects(), this.#objectFate()) }),
      limits: { ...limits, ...memory, maxRowsPerTransaction: maxRows },
      observe: async step => await this.#observe(step),
      log: ({ event }) => tally.count(`log: ${event}`),
    });
  }

  /** What happens to calls of a folder: the faults of S3. */
  #objectFate(): ObjectFate {
    return {
      before: async (call, key) => {
        this.#live();
        const how = this.#faultOf(call, key);
        if (how === null) return null;
        this.#tally.count(`fault: an object ${how === 'archived' ? 'is archived' : 'hangs'}`);
        if (how === 'archived') return how;
        await sleep(1_000);
        return 'hangs';
      },
      after: async call => {
        await this.#delay(call);
        this.#live();
      },
    };
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Makes ready for the next work. */
  expect(fault: Fault): void {
    this.#fault = fault;
    this.#seen = 0;
  }

  /** Milliseconds that each call takes longer. */
  get slowness(): number {
    return this.#fault.kind === 'slow' ? this.#fault.ms : 0;
  }

  nextCall(name: string): CallFault | null {
    const fault = this.#fault;
    if (fault.kind !== 'call' || (fault.of !== undefined && fault.of !== name)) return null;
    if (fault.how === 'partly done' && name !== 'BatchWriteItemCommand') return null;
    this.#seen += 1;
    if (this.#seen < fault.nth || this.#seen >= fault.nth + fault.times) return null;
    this.#tally.count(`fault: call ${fault.how}`);
    return fault.how;
  }

  cutOff(): void {
    this.#proxy.cutAll();
  }

  die(): void {
    this.dead = true;
    void this.#proxy.close();
  }

  wake(): void {
    this.#frozen = false;
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  async close(): Promise<void> {
    await this.#connection.close().catch(() => {});
    await this.#proxy.close();
    this.#s3.destroy();
    this.#dynamo.destroy();
  }

  #live(): void {
    if (this.dead) throw new DeathError('this process is dead');
  }

  async #observe(step: Step): Promise<void> {
    this.#live();
    if (step === 'committed') this.#tally.count('batches');
    const fault = this.#fault;
    if (fault.kind === 'late' && step === 'planned' && this.#seen++ === 0) {
      void this.#proxy
        .holdWhenClientSends(begins(this.#transport), fault.ms)
        .then(() => this.#tally.count('fault: late BEGIN'));
    }
    if (!('step' in fault) || fault.step !== step) return;
    this.#seen += 1;
    if (this.#seen !== ('nth' in fault ? fault.nth : 1)) return;
    if (fault.kind === 'die') {
      this.#tally.count(`fault: death at ${step}`);
      this.die();
      this.#live();
    } else if (fault.kind === 'pause') {
      await this.#pause(step, fault.ms);
    } else {
      void this.#proxy.cutAfterClientSends(commits(this.#transport), cuts[fault.when](this.#transport)).then(() => {
        this.#tally.count(`fault: cut ${fault.when} COMMIT after ${step}${fault.fatal ? ', and death' : ''}`);
        if (fault.fatal) this.die();
      });
    }
  }

  /** @throws as the server does when a batch is too much for it */
  async #serve({ statements, store }: CommitInput): Promise<void> {
    const fault = this.#fault;
    let code: string;
    if (fault.kind === 'memory') {
      if (statements.reduce((sum, { rows }) => sum + rows.length, 0) <= fault.rows) return;
      code = 'Neo.TransientError.General.MemoryPoolOutOfMemoryError';
    } else if (fault.kind === 'faulty') {
      if (!statements.some(({ rows }) => rows.some(row => writes(row, fault.text)))) return;
      code = 'Neo.DatabaseError.Statement.ExecutionFailed';
    } else return;
    this.#tally.count(`fault: a server that has ${fault.kind === 'memory' ? 'too little memory' : 'a fault'}`);
    await store().catch(() => {});
    throw new Neo4jError('the simulation has it so', code, '50N00', 'general processing exception');
  }

  /** What reading an object meets; null: nothing. */
  #faultOf(call: string, key: string | undefined): Extract<Fault, { kind: 'object' }>['how'] | null {
    const fault = this.#fault;
    if (call !== 'GetObjectCommand') return null;
    if (key === ARCHIVED || this.#archived.has(key ?? '')) return 'archived';
    return fault.kind === 'object' && fault.key === key ? fault.how : null;
  }

  /** @throws as S3 does for an archived object, or the client when it gives a connection up */
  async #withhold(call: string, key: string | undefined): Promise<void> {
    const how = this.#faultOf(call, key);
    if (how === null || how === 'stalls') return;
    this.#tally.count(`fault: an object ${how === 'hangs' ? 'hangs' : 'is archived'}`);
    if (how === 'hangs') {
      await sleep(1_000);
      throw Object.assign(new Error('the simulation has it so'), { name: 'TimeoutError' });
    }
    const about = { $fault: 'client', $metadata: { httpStatusCode: 403 } } as const;
    throw new S3ServiceException({ name: 'InvalidObjectState', message: 'archived', ...about });
  }

  /** Lets the first bytes of an object come, and then no more. */
  #stall(call: string, key: string | undefined, output: object): void {
    const fault = this.#fault;
    if (fault.kind !== 'object' || fault.how !== 'stalls' || call !== 'GetObjectCommand' || fault.key !== key) return;
    this.#tally.count('fault: an object stalls');
    const { Body: body } = output as { Body?: Readable };
    body?.on('error', () => {}).destroy();
    const stalled = new Readable({ read: () => {} });
    stalled.push('{"id":');
    Object.assign(output, { Body: stalled });
  }

  async #delay(call: string): Promise<void> {
    const fault = this.#fault;
    if (fault.kind !== 's3' || fault.of !== call) return;
    this.#seen += 1;
    if (this.#seen !== fault.nth) return;
    this.#tally.count(`fault: slow ${call}`);
    await sleep(fault.ms);
  }

  async #pause(step: Step, ms: number): Promise<void> {
    this.#tally.count(`fault: pause at ${step}, ${Number.isFinite(ms) ? 'a while' : 'beyond rest'}`);
    if (Number.isFinite(ms)) {
      await sleep(ms);
    } else {
      this.#frozen = true;
      await this.#woken.promise;
    }
    this.#live();
  }
}
