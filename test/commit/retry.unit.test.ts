/** Promise: each error of database, state and services leads to the remedy that fits it. */
import { describe, expect, it } from 'vitest';
import { BatchPolicy } from '../../lib/commit/batch-policy.ts';
import { type Remedy, remedyFor, WAIT } from '../../lib/commit/retry.ts';
import { CommitUnknownError, GraphDriftError } from '../../lib/neo4j/commit-result.ts';
import { LeaseLostError } from '../../lib/state/scope-head.ts';
import { MissingNodeError } from '../../lib/state/tree-nodes.ts';

const neo4j = (code: string, message = code) => Object.assign(new Error(message), { code });
const limits = { maxRowsPerTransaction: 100, maxBytesPerTransaction: 6400, maxTries: 3 };

describe('the remedy for a failure', () => {
  it.each<[string, unknown, Remedy, Remedy]>([
    ['out of memory', neo4j('Neo.TransientError.General.MemoryPoolOutOfMemoryError'), 'smaller', 'again'],
    ['timed out', neo4j('Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration'), 'smaller', 'again'],
    ['a deadlock', neo4j('Neo.TransientError.Transaction.DeadlockDetected'), 'again', 'again'],
    ['connection lost', neo4j('ServiceUnavailable'), 'again', 'again'],
    ['a type no property can have', neo4j('Neo.ClientError.Statement.TypeError'), 'poison', 'stop'],
    ['a value that HTTP can’t bring', neo4j('Neo.ClientError.Request.Invalid'), 'poison', 'stop'],
    ['a constraint of the user’s', neo4j('Neo.ClientError.Schema.ConstraintValidationFailed'), 'poison', 'stop'],
    [
      'an over-long index key',
      neo4j('Neo.DatabaseError.Statement.ExecutionFailed', 'Property value is too large to index'),
      'poison',
      'stop',
    ],
    [
      'a full disk',
      neo4j('Neo.DatabaseError.Statement.ExecutionFailed', 'No space left on device'),
      'isolate',
      'again',
    ],
    ['a corrupt index', neo4j('Neo.DatabaseError.General.IndexCorruptionDetected'), 'isolate', 'again'],
    ['terminated by an administrator', neo4j('Neo.ClientError.Transaction.Terminated'), 'again', 'again'],
    ['a row deleted meanwhile', neo4j('Neo.ClientError.Statement.EntityNotFound'), 'again', 'again'],
    ['waited for locks too long', neo4j('Neo.ClientError.Transaction.LockClientStopped'), 'again', 'again'],
    ['cut while connecting', neo4j('ProtocolError'), 'again', 'again'],
    ['a failed commit', neo4j('Neo.DatabaseError.Transaction.TransactionCommitFailed'), 'isolate', 'again'],
    ['a read-only database', neo4j('Neo.ClientError.General.ForbiddenOnReadOnlyDatabase'), 'stop', 'stop'],
    ['no such procedure', neo4j('Neo.ClientError.Procedure.ProcedureNotFound'), 'stop', 'stop'],
    ['wrong credentials', neo4j('Neo.ClientError.Security.Unauthorized'), 'stop', 'stop'],
    ['no such database', neo4j('Neo.ClientError.Database.DatabaseNotFound'), 'stop', 'stop'],
    ['a hand edit', new GraphDriftError('x'), 'tolerate', 'tolerate'],
    ['a lost lease', new LeaseLostError('x'), 'again', 'again'],
    ['a lost node', new MissingNodeError('s', 'h'), 'recover', 'recover'],
    ['throttling', Object.assign(new Error(), { name: 'ThrottlingException' }), 'again', 'again'],
    ['no route to AWS', Object.assign(new Error(), { code: 'EHOSTUNREACH' }), 'again', 'again'],
    ['an index that is there already', neo4j('Neo.ClientError.Schema.IndexAlreadyExists'), 'again', 'again'],
    ['nothing that says what it is', null, 'stop', 'stop'],
    ['a bug', new TypeError('x is undefined'), 'stop', 'stop'],
  ])('%s', (_, error, inBatch, before) => {
    expect(remedyFor(error, true)).toBe(inBatch);
    expect(remedyFor(error, false)).toBe(before);
    expect(remedyFor(new CommitUnknownError('lost', { cause: error }), true)).toBe(inBatch);
  });
});

it('only remedies for what may pass wait before the next try, and at most 10 s', () => {
  const { again, isolate, ...others } = WAIT;
  expect(again).toEqual({ firstWaitMs: 200, longestWaitMs: 10_000 });
  expect(isolate).toEqual(again);
  expect(Object.values(others)).toEqual([null, null, null, null, null]);
});

describe('the policy for the next batch', () => {
  it('finds the poison object by halves, and rejects it when clearing its rows first doesn’t help', () => {
    const policy = new BatchPolicy(limits);
    expect(policy.failed('poison', 9)).toBe('retry');
    expect([policy.maxObjects, policy.clearsFirst, policy.tolerant]).toEqual([Number.POSITIVE_INFINITY, true, true]);
    expect(policy.failed('poison', 9)).toBe('retry');
    expect(policy.maxObjects).toBe(5);
    expect(policy.failed('poison', 5)).toBe('retry');
    expect(policy.failed('poison', 3)).toBe('retry');
    expect(policy.failed('poison', 2)).toBe('retry');
    expect(policy.maxObjects).toBe(1);
    expect(policy.failed('poison', 1)).toBe('reject');
    expect([policy.clearsFirst, policy.tolerant]).toEqual([false, false]);
    policy.succeeded();
    expect(policy.maxObjects).toBe(2);
  });

  it('finds the object that the server fails at in few tries, and sets it aside only when it failed alone', () => {
    const policy = new BatchPolicy({ ...limits, maxTries: 5 });
    const failures = [3000, 3000, 188, 12, 1].map(objects => [policy.failed('isolate', objects), policy.maxObjects]);
    expect(failures).toEqual([
      ['retry', Number.POSITIVE_INFINITY],
      ['retry', 188],
      ['retry', 12],
      ['retry', 1],
      ['retry', 1],
    ]);
    expect(policy.failed('isolate', 1)).toBe('set aside');
    expect(policy.failed('isolate', 2)).toBe('retry');
    expect(policy.failed('again', 1)).toBe('give up');
    policy.succeeded();
    expect(policy.failed('isolate', 1)).toBe('retry');
  });

  it('relies on the state until the graph isn’t as that says, and again after a success', () => {
    const policy = new BatchPolicy(limits);
    policy.failed('again', 3);
    expect([policy.tolerant, policy.clearsFirst, policy.maxRows]).toEqual([false, false, 100]);
    policy.failed('tolerate', 3);
    expect([policy.tolerant, policy.clearsFirst, policy.maxRows]).toEqual([true, false, 100]);
    policy.succeeded();
    expect(policy.tolerant).toBe(false);
    policy.failed('poison', 3);
    policy.succeeded();
    expect([policy.tolerant, policy.clearsFirst]).toEqual([false, false]);
  });

  it('makes transactions smaller, and larger again with each success', () => {
    const policy = new BatchPolicy(limits);
    policy.failed('smaller', 1);
    policy.failed('smaller', 1);
    expect([policy.maxRows, policy.maxBytes]).toEqual([6, 400]);
    for (let i = 0; i < 10; i += 1) policy.succeeded();
    expect([policy.maxRows, policy.maxBytes]).toEqual([100, 6400]);
  });

  it('makes a batch as small as the values that it needs from elsewhere allow, and never endlessly', () => {
    const policy = new BatchPolicy(limits);
    expect([policy.cut(10, 6400), policy.maxRows]).toEqual([false, 100]);
    expect([policy.cut(10, 12_800), policy.maxRows]).toEqual([true, 5]);
    // By half at least: where what is needed stays as much, a step of one row each would never end.
    expect([policy.cut(90, 6_500), policy.maxRows]).toEqual([true, 2]);
    expect([policy.cut(4, 1e9), policy.maxRows]).toEqual([true, 1]);
    expect(policy.cut(1, 1e9)).toBe(false);
    for (let i = 0; i < 10; i += 1) policy.succeeded();
    expect(policy.maxRows).toBe(100);
  });

  it('gives up after so many tries without a success', () => {
    const policy = new BatchPolicy(limits);
    expect([1, 2, 3, 4].map(() => policy.failed('again', 1))).toEqual(['retry', 'retry', 'retry', 'give up']);
    expect(new BatchPolicy(limits).failed('stop', 1)).toBe('give up');
    const other = new BatchPolicy(limits);
    for (let i = 0; i < 20; i += 1) {
      expect(other.failed('again', 1)).toBe('retry');
      other.succeeded();
    }
  });
});
