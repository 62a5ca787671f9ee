/** Promise: a second store of objects fits behind the interface: no other code has to change for it. */
import { MemoryObjects } from './memory-objects.ts';
import { objectStoreContract } from './object-store-contract.ts';

objectStoreContract(async () => {
  const objects = new MemoryObjects();
  return {
    objects,
    put: async (key, body, headers) => objects.put(key, Buffer.from(body), headers),
    remove: async key => objects.remove(key),
  };
});
