import { describe, expect, it } from 'vitest';
import { BatchPolicy } from '../lib/batch-policy.ts';
import { type Remedy, remedyFor } from '../lib/failure.ts';
import { CommitUnknownError, GraphDriftError } from '../lib/neo4j/commit.ts';
import { LeaseLostError } from '../lib/state/head.ts';
import { MissingNodeError } from '../lib/state/node-table.ts';

const neo4j = (code: string, retriable = false) => Object.assign(new Error(code), { code, retriable });
const limits = { maxRowsPerTransaction: 100, maxTries: 3 };

describe('the remedy for a failure', () => {
  it.each<[string, unknown, Remedy, Remedy]>([
    ['out of memory', neo4j('Neo.TransientError.General.MemoryPoolOutOfMemoryError', true), 'smaller', 'again'],
    ['timed out', neo4j('Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration'), 'smaller', 'again'],
    ['a deadlock', neo4j('Neo.TransientError.Transaction.DeadlockDetected', true), 'again', 'again'],
    ['connection lost', neo4j('ServiceUnavailable', true), 'again', 'again'],
    ['a type no property can have', neo4j('Neo.ClientError.Statement.TypeError'), 'guilty', 'stop'],
    ['a value that HTTP can’t bring', neo4j('Neo.ClientError.Request.Invalid'), 'guilty', 'stop'],
    ['a constraint of the user’s', neo4j('Neo.ClientError.Schema.ConstraintValidationFailed'), 'guilty', 'stop'],
    ['an over-long index key', neo4j('Neo.DatabaseError.Statement.ExecutionFailed'), 'guilty', 'stop'],
    ['a row deleted meanwhile', neo4j('Neo.ClientError.Statement.EntityNotFound'), 'again', 'again'],
    ['waited for locks too long', neo4j('Neo.ClientError.Transaction.LockClientStopped'), 'again', 'again'],
    ['cut while connecting', neo4j('ProtocolError'), 'again', 'again'],
    ['a failed commit', neo4j('Neo.DatabaseError.Transaction.TransactionCommitFailed'), 'again', 'again'],
    ['a read-only database', neo4j('Neo.ClientError.General.ForbiddenOnReadOnlyDatabase'), 'stop', 'stop'],
    ['no such procedure', neo4j('Neo.ClientError.Procedure.ProcedureNotFound'), 'stop', 'stop'],
    ['wrong credentials', neo4j('Neo.ClientError.Security.Unauthorized'), 'stop', 'stop'],
    ['no such database', neo4j('Neo.ClientError.Database.DatabaseNotFound'), 'stop', 'stop'],
    ['a hand edit', new GraphDriftError('x'), 'heal', 'heal'],
    ['a lost lease', new LeaseLostError('x'), 'again', 'again'],
    ['a lost node', new MissingNodeError('s', 'h'), 'rebuild', 'rebuild'],
    ['throttling', Object.assign(new Error(), { name: 'ThrottlingException' }), 'again', 'again'],
    ['a bug', new TypeError('x is undefined'), 'stop', 'stop'],
  ])('%s', (_, error, inBatch, before) => {
    expect(remedyFor(error, true)).toBe(inBatch);
    expect(remedyFor(error, false)).toBe(before);
    expect(remedyFor(new CommitUnknownError('lost', { cause: error }), true)).toBe(inBatch);
  });
});

describe('the policy for the next batch', () => {
  it('finds the guilty object by halves, and rejects it when healing doesn’t help', () => {
    const policy = new BatchPolicy(limits);
    expect(policy.failed('guilty', 9)).toBe('retry');
    expect(policy.maxObjects).toBe(5);
    expect(policy.failed('guilty', 5)).toBe('retry');
    expect(policy.failed('guilty', 3)).toBe('retry');
    expect(policy.failed('guilty', 2)).toBe('retry');
    expect(policy.maxObjects).toBe(1);
    expect(policy.failed('guilty', 1)).toBe('retry');
    expect(policy.heal).toBe(true);
    expect(policy.failed('guilty', 1)).toBe('reject');
    expect(policy.heal).toBe(false);
    policy.succeeded();
    expect(policy.maxObjects).toBe(2);
  });

  it('makes transactions smaller, and larger again with each success', () => {
    const policy = new BatchPolicy(limits);
    policy.failed('smaller', 1);
    policy.failed('smaller', 1);
    expect(policy.maxRows).toBe(6);
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
