import { callingFlow } from './calls-flow.ts';

export default callingFlow(false);
