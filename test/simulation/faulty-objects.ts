import { StoreUnavailableError } from '../../lib/errors.ts';
import { type ObjectStore, ObjectUnreadableError } from '../../lib/files/object-store.ts';
import type { S3Call } from './faults.ts';

/** Decides the fate of calls of a folder. */
export interface ObjectFate {
  /** Called before each call, as S3's command would be. @throws in the call's place */
  before(call: S3Call | 'Other', key: string | undefined): Promise<'archived' | 'hangs' | null>;
  /** Called after it. */
  after(call: S3Call | 'Other'): Promise<void>;
}

const COMMANDS: Readonly<Record<string, S3Call>> = {
  list: 'ListObjectsV2Command',
  head: 'HeadObjectCommand',
  read: 'GetObjectCommand',
  readRange: 'GetObjectCommand',
};

/** A folder to whose calls happens what `fate` says. */
export function faultyObjects(objects: ObjectStore, fate: ObjectFate): ObjectStore {
  return new Proxy(objects, {
    get: (store, name: keyof ObjectStore) => {
      const member = store[name];
      if (typeof member !== 'function') return member;
      const call = member.bind(store) as (...args: readonly unknown[]) => unknown;
      // They come one by one, and a folder has one.
      if (name === 'versions') return call;
      const command = COMMANDS[name] ?? 'Other';
      return async (...args: readonly unknown[]) => {
        const how = await fate.before(command, name === 'list' ? undefined : String(args[0]));
        if (how === 'archived') throw new ObjectUnreadableError('archived', 'the simulation has it so');
        if (how === 'hangs') throw new StoreUnavailableError('the simulation has it so');
        const answer = await call(...args);
        await fate.after(command);
        return answer;
      };
    },
  });
}
