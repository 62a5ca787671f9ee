import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../lib/errors.ts';
import type { ScopeStore, StateStore } from '../../lib/state/state-store.ts';
import { type Fate, living } from './faulty-dynamo.ts';

/** The command of DynamoDB that comes nearest to a call: faults are told by it. */
const COMMANDS: Readonly<Record<string, string>> = {
  'head.take': 'UpdateItemCommand',
  'head.change': 'UpdateItemCommand',
  'head.lineUp': 'UpdateItemCommand',
  'nodes.put': 'BatchWriteItemCommand',
};

/**
 * State to whose calls happens what `fate` says: before they are applied, or after. A file knows no retries of an SDK's, and a
 * transaction isn't partly done: such faults leave it alone.
 */
export function faultyState(state: StateStore, fate: Fate): StateStore {
  return {
    contexts: () => state.contexts(),
    scope: name => {
      const scope = state.scope(name);
      const part = <Part extends keyof Omit<ScopeStore, 'forget'>>(of: Part) => faultyPart(of, scope[of], fate);
      return {
        head: part('head'),
        nodes: part('nodes'),
        status: part('status'),
        retentionLog: part('retentionLog'),
        deployments: part('deployments'),
        positions: part('positions'),
        memos: part('memos'),
        forget: until => scope.forget(until),
      };
    },
  };
}

function faultyPart<Part extends object>(part: string, store: Part, fate: Fate): Part {
  return new Proxy(store, {
    get: (target, name) => {
      const member = (target as Record<string | symbol, unknown>)[name];
      if (typeof member !== 'function') return member;
      const call = member.bind(target) as (...args: readonly unknown[]) => unknown;
      if (name === 'list') {
        return (...args: readonly unknown[]) => {
          living(fate);
          return call(...args);
        };
      }
      const command = COMMANDS[`${part}.${String(name)}`] ?? 'GetItemCommand';
      return async (...args: readonly unknown[]) => await suffer(fate, command, () => call(...args));
    },
  });
}

async function suffer(fate: Fate, command: string, call: () => unknown): Promise<unknown> {
  living(fate);
  if (fate.slowness > 0) await sleep(fate.slowness);
  const how = fate.nextCall(command);
  if (how === 'death before') fate.die();
  living(fate);
  if (how === 'throttled') throw new StoreUnavailableError('the simulation has it so');
  const answer = await call();
  if (how === 'death after') fate.die();
  living(fate);
  if (how === 'lost answer') throw new StoreUnavailableError('the simulation has it so');
  return answer;
}
