import type { Shape } from './simulated-flow.ts';

/** The definition that processes start with; another object after each deploy. */
export interface Deployed {
  shape: Shape;
}
