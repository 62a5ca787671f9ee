/** Looks at what only a stack has: its functions, alarms, queue and dead letters. */
import { countDeadLetters, queueAttributes } from '../../lambda/dead-letters.ts';
import type { StatusAnswer } from '../../lambda/status-request.ts';
import { invoke } from '../place/invoke.ts';
import type { StackPlace } from '../place/stack-place.ts';
import { lookAtAlarms } from './alarms.ts';
import { type Found, type Look, ok, type Status, wrong } from './finding.ts';

/** Milliseconds for which a file may wait: docs/operations.md has an alarm for it. */
const LONGEST_WAIT_MS = 3_600_000;

/** Nothing has such a key: the functions' own answer is all that is asked for. */
const NO_OBJECT = '_graphdrop/doctor/';

export function stackLooks(place: StackPlace): readonly Look[] {
  return [
    ['functions', async () => await lookAtFunctions(place)],
    ['alarms', async () => await lookAtAlarms(place.stack)],
    ['queue', async (_, status) => await lookAtQueue(place, status)],
    ['dead letters', async () => await lookAtDeadLetters(place)],
  ];
}

/** The status function is of one bundle with the others: what it was deployed with is what they were. */
async function lookAtFunctions({ context, outputs }: StackPlace): Promise<Found> {
  const request = { context, prefix: NO_OBJECT, samples: 0 };
  const { head } = await invoke<StatusAnswer>(outputs.statusFunction, request);
  return head.otherDefinition
    ? wrong(
        'they have another definition of the graph than the one in force, and apply nothing',
        'Deploy the stack again; let no definition depend on the environment, the clock or files.',
      )
    : ok('they have the definition that is in force');
}

async function lookAtQueue(place: StackPlace, status: Status): Promise<Found> {
  const attributes = await queueAttributes(
    place.queueUrl,
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  );
  const [waiting = 0, inWork = 0, delayed = 0] = Object.values(attributes);
  const { waitingMs } = await status();
  const oldest = waitingMs === null ? '' : `; the first pending file has waited for ${Math.round(waitingMs / 1_000)} s`;
  const found = `${waiting} messages wait, ${inWork} are in work, ${delayed} come later${oldest}`;
  return waitingMs === null || waitingMs < LONGEST_WAIT_MS
    ? ok(found)
    : wrong(
        found,
        "put-back, batch-failed and scope-failed in the sync function's log say what is in the way. A backlog that shrinks needs nothing.",
      );
}

async function lookAtDeadLetters({ queueUrl }: StackPlace): Promise<Found> {
  const count = await countDeadLetters(queueUrl);
  return (count ?? 0) === 0
    ? ok('none')
    : wrong(
        `${count} ${count === 1 ? 'message' : 'messages'} that ten tries could not handle`,
        "scope-failed, object-unread and message-refused in the sync function's log say why; then 'graphdrop retry --stack'.",
      );
}
