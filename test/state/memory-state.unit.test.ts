/** Promise: a second store of tracked state fits behind the interface: no other code has to change for it. */
import { MemoryState } from './memory-state.ts';
import { stateStoreContract } from './state-store-contract.ts';

stateStoreContract(async () => new MemoryState());
