import { changing } from './change-flow.ts';

export default changing('id', 'Taken_change');
