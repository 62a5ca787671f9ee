import { changing } from './change-flow.ts';

export default changing('email', null);
