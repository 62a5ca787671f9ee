import { GraphdropError } from '../lib/graph/errors.ts';

/** What the stack tells its functions. */
export interface Environment {
  readonly bucket: string;
  readonly table: string;
  /** Hash of the flow module's own code. */
  readonly code: string;
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
  };
}

/** @throws EnvironmentError that names the variable */
export function required(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (!value)
    throw new EnvironmentError(`the variable ${name} is not set; deploy this function with the GraphDrop construct`);
  return value;
}
