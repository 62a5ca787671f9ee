import type { ObjectStore } from '../../lib/files/object-store.ts';

/** A store of objects of which some calls are others. */
export function withCalls(objects: ObjectStore, calls: Partial<ObjectStore>): ObjectStore {
  return new Proxy(objects, {
    get: (store, name: keyof ObjectStore) => {
      const member = calls[name] ?? store[name];
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(store) : member;
    },
  });
}

/** A store of objects that says each call before it makes it. @param before may throw in the call's place */
export function watchedObjects(objects: ObjectStore, before: (call: string, key: unknown) => void): ObjectStore {
  return new Proxy(objects, {
    get: (store, name: keyof ObjectStore) => {
      const member = store[name];
      if (typeof member !== 'function') return member;
      const call = member.bind(store) as (...args: readonly unknown[]) => unknown;
      return (...args: readonly unknown[]) => {
        before(name, args[0]);
        return call(...args);
      };
    },
  });
}
