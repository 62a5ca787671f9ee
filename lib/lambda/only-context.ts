import { GraphdropError } from '../errors.ts';
import type { Worker } from './worker.ts';

/** A request must say which context it is about: the stack has several. */
export class ContextNeededError extends GraphdropError {
  readonly code = 'CONTEXT_NEEDED';
}

/** Returns the stack's only context, for requests that name none. @throws ContextNeededError where it has several */
export function onlyContext(worker: Pick<Worker, 'contextNames'>): string {
  const [context = '', ...others] = worker.contextNames();
  if (others.length > 0) {
    throw new ContextNeededError(`say which context: { "context": "${[context, ...others].join('" | "')}" }`);
  }
  return context;
}
