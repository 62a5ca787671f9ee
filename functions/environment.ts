import { z } from 'zod';
import { GraphdropError } from '../lib/graph/errors.ts';
import { parseJson } from './parse-json.ts';

/** A context as the stack set it up; written by infra/graph-drop.ts. */
export interface DeployedContext {
  /** Name or ARN of the connection secret. */
  readonly secretId: string;
  readonly database: string;
  readonly queueUrl: string;
}

/** What the stack tells its functions. */
export interface Environment {
  readonly bucket: string;
  readonly table: string;
  /** Hash of the flow module's own code. */
  readonly code: string;
  readonly contexts: ReadonlyMap<string, DeployedContext>;
}

const Contexts = z.record(z.string(), z.object({ secretId: z.string(), database: z.string(), queueUrl: z.string() }));

/** The stack and its functions don't agree: they are of different versions, or the function runs outside its stack. */
export class EnvironmentError extends GraphdropError {
  readonly code = 'ENVIRONMENT';
}

/** @throws EnvironmentError that names the variable */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const contexts = Contexts.safeParse(parseJson(required(variables, 'GRAPHDROP_CONTEXTS')));
  if (!contexts.success) throw new EnvironmentError(`GRAPHDROP_CONTEXTS: ${z.prettifyError(contexts.error)}`);
  return {
    bucket: required(variables, 'GRAPHDROP_BUCKET'),
    table: required(variables, 'GRAPHDROP_TABLE'),
    code: variables.GRAPHDROP_CODE ?? '',
    contexts: new Map(Object.entries(contexts.data)),
  };
}

/** @throws EnvironmentError that names the variable */
export function required(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (!value)
    throw new EnvironmentError(`the variable ${name} is not set; deploy this function with the GraphDrop construct`);
  return value;
}
