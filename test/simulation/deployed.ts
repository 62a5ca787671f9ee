import type { Flow } from '../../lib/index.ts';
import { type PeopleShape, peopleFlow } from '../sync/people-flow.ts';

/** The definition that processes start with; another object after each deploy. */
export interface Deployed {
  shape: PeopleShape;
}

export interface FlowOptions {
  readonly flow: Flow;
  readonly code: string;
}

/** What a worker's options say of its flow: another shape is another code. */
export function flowOptions(name: string, shape: PeopleShape): FlowOptions {
  return { flow: peopleFlow(name, '1', shape), code: JSON.stringify(shape) };
}
