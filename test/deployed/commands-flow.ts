import { peopleFlow } from '../sync/people-flow.ts';

export default peopleFlow('commands');
