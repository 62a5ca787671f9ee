import { GraphdropError } from '../errors.ts';

/** A command can't do its work as it was called: the message says what to give. */
export class CliError extends GraphdropError {
  readonly code = 'CLI';
}
