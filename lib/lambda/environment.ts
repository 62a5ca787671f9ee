import { GraphdropError } from '../errors.ts';
import type { ScopeLimits } from '../scope.ts';

/** What the stack tells its functions. */
export interface Environment {
  readonly bucket: string;
  readonly table: string;
  /** Hash of the flow module's own code. */
  readonly code: string;
  /** Marks of the definitions that the deploy puts in force; empty: unknown. */
  readonly definitions: string;
  /** Whether values of records stay out of logs, events and statuses. Default: they don't. */
  readonly redact?: boolean;
  /** What the stack sets of them. */
  readonly limits: Partial<ScopeLimits>;
}

/** The stack and its functions don't agree: they are of different versions, or the function runs outside its stack. */
export class EnvironmentError extends GraphdropError {
  readonly code = 'ENVIRONMENT';
}

/** @throws EnvironmentError that names the variable */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    bucket: required(variables, 'GRAPHDROP_BUCKET'),
    table: required(variables, 'GRAPHDROP_TABLE'),
    code: variables.GRAPHDROP_CODE ?? '',
    definitions: variables.GRAPHDROP_DEFINITIONS ?? '',
    redact: variables.GRAPHDROP_REDACT === 'true',
    limits: readLimits(variables),
  };
}

/** Reads the limits that the stack sets. @throws EnvironmentError that names the variable */
export function readLimits(variables: NodeJS.ProcessEnv = process.env): Partial<ScopeLimits> {
  return {
    ...limit(variables, 'maxRowsPerTransaction', 'GRAPHDROP_MAX_ROWS_PER_TRANSACTION'),
    ...limit(variables, 'stateRetentionDays', 'GRAPHDROP_STATE_RETENTION_DAYS'),
    maxRemovedShare: removedShare(variables.GRAPHDROP_MAX_REMOVED_SHARE ?? '0.5'),
  };
}

/** @throws EnvironmentError that names the variable */
export function required(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (!value)
    throw new EnvironmentError(`the variable ${name} is not set; deploy this function with the GraphDrop construct`);
  return value;
}

function removedShare(value: string): number {
  const share = /^[01](\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN;
  if (share > 0 && share <= 1) return share;
  throw new EnvironmentError(
    `the variable GRAPHDROP_MAX_REMOVED_SHARE is ${JSON.stringify(value)}: it takes a number above 0, 1 at most`,
  );
}

function limit(variables: NodeJS.ProcessEnv, name: keyof ScopeLimits, variable: string): Partial<ScopeLimits> {
  const value = variables[variable];
  if (value === undefined) return {};
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new EnvironmentError(`the variable ${variable} is ${JSON.stringify(value)}: it takes a whole number from 1`);
  return { [name]: Number(value) };
}
