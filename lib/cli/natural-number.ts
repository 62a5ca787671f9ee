import { InvalidArgumentError } from 'commander';

/** Reads a whole number from 0 on. @throws InvalidArgumentError, which ends the command as a wrong command line */
export function naturalNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 0 on.');
  return Number(text);
}
