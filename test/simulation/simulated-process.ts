import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { ConnectionFactory } from '../../lib/neo4j/connection-factory.ts';
import type { Scope, Step } from '../../lib/scope.ts';
import { clientConfig } from '../support/aws-address.ts';
import {
  boltBegin,
  boltCommit,
  boltCommitAnswer,
  type CutOptions,
  startTcpProxy,
  type TcpProxy,
} from '../support/tcp-proxy.ts';
import type { PeopleShape } from '../sync/people-flow.ts';
import type { World } from '../sync/world.ts';
import { flowOptions } from './deployed.ts';
import { DeathError, type Fate, faultyDynamo } from './faulty-dynamo.ts';
import type { CallFault, Cut, Fault } from './history.ts';
import type { Tally } from './tally.ts';

const cuts: Readonly<Record<Cut, CutOptions>> = {
  before: { forward: false },
  after: { forward: true, afterReply: boltCommitAnswer },
  either: { forward: true, afterReply: false },
};

/** Its lease is over soon, and the server gives its transaction up as soon as it can. */
const limits = { leaseMs: 500, transactionMs: 400, leaseWaitMs: 4_000, maxTries: 4 };

/** One life of a worker: a scope with connections of its own, which all fail once it is dead. */
export class SimulatedProcess implements Fate {
  readonly scope: Scope;
  /** Of the definition it was started with. */
  readonly shape: PeopleShape;
  dead = false;
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

  static async start(
    world: World,
    maxRowsPerTransaction: number,
    shape: PeopleShape,
    tally: Tally,
  ): Promise<SimulatedProcess> {
    const { hostname, port } = new URL(inject('services').neo4j.boltUri);
    const proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } });
    return new SimulatedProcess(world, maxRowsPerTransaction, shape, tally, proxy);
  }

  constructor(world: World, maxRowsPerTransaction: number, shape: PeopleShape, tally: Tally, proxy: TcpProxy) {
    this.shape = shape;
    const { neo4j, miniStack } = inject('services');
    this.#tally = tally;
    this.#proxy = proxy;
    const { username, password, database } = neo4j;
    const uri = `bolt://${proxy.host}:${proxy.port}`;
    this.#connection = new ConnectionFactory({ uri, auth: { username, password }, database });
    this.#dynamo = faultyDynamo(this);
    this.#s3 = new S3Client({ ...clientConfig(miniStack), forcePathStyle: true });
    this.#s3.middlewareStack.add(
      (next, context) => async args => {
        this.#live();
        const answer = await next(args);
        await this.#delay(String(context.commandName));
        this.#live();
        return answer;
      },
      { step: 'initialize', name: 'simulatedFate' },
    );
    this.scope = world.worker({
      ...flowOptions(world.name, shape),
      connection: this.#connection,
      dynamo: this.#dynamo,
      s3: this.#s3,
      limits: { ...limits, maxRowsPerTransaction },
      observe: async step => await this.#observe(step),
      log: ({ event }) => tally.count(`log: ${event}`),
    });
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Makes ready for the next work. */
  expect(fault: Fault): void {
    this.#fault = fault;
    this.#seen = 0;
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
      void this.#proxy.holdWhenClientSends(boltBegin, fault.ms).then(() => this.#tally.count('fault: late BEGIN'));
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
      void this.#proxy.cutAfterClientSends(boltCommit, cuts[fault.when]).then(() => {
        this.#tally.count(`fault: cut ${fault.when} COMMIT after ${step}${fault.fatal ? ', and death' : ''}`);
        if (fault.fatal) this.die();
      });
    }
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
