/** Looks at the alarms of a stack: infra/alarms.ts makes them, docs/operations.md tells of them at more length. */

import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { CloudWatchClient, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { explainError } from '../explain-error.ts';
import { nameCalls } from '../place/named-calls.ts';
import { type Found, ok, wrong } from './finding.ts';

/** What to do about an alarm that rings, by the name that ends its description. */
const REMEDIES: Readonly<Record<string, string>> = {
  DeadLetters: "see 'dead letters' below",
  Waiting:
    "put-back, batch-failed and scope-failed in the sync function's log say what is in the way; a backlog that shrinks needs nothing",
  Errors: "sync-failed in the sync function's log says why; without it memory or time was up: memorySize, timeout",
  Throttles: "the account's concurrency is used up (a new one has 10): ask AWS for more, or lower others'",
  Failed: "scope-failed in the sync function's log says why: most often the server or its credentials",
  Replaced: 'nothing, if the database was restored or wiped on purpose; database-replaced in the log says which',
  HeldBack: "are the files meant to be gone? Then 'graphdrop sync --confirm', else put them back",
  Differs: 'let no definition depend on the environment, the clock or files, and deploy',
  Dropped: "'graphdrop sync' looks at what Lambda took for a loop and dropped",
  Unstarted: "the next day's comes by itself; at once: 'graphdrop sync', or garbage collection invoked with {}",
  Uncollected: 'garbage-collection-failed in its log says why; without it invoke it until it says complete: true',
};

/** Alarms that one call tells of. */
const ALARMS_OF_CALL = 100;

/** What is looked at of an alarm. */
export type AlarmState = Pick<MetricAlarm, 'AlarmName' | 'AlarmDescription' | 'StateValue' | 'StateUpdatedTimestamp'>;

/** Tells which of a stack's alarms ring. */
export async function lookAtAlarms(stack: string): Promise<Found> {
  try {
    return judge(await statesOf(await namesIn(stack)));
  } catch (error) {
    // A person may work on a stack without a permission to see its alarms.
    const { message, remedy } = explainError(error);
    return { ok: false, found: `can't be read: ${message}`, ...(remedy !== undefined && { remedy }) };
  }
}

/** Decides what the states of alarms mean. */
export function judge(alarms: readonly AlarmState[]): Found {
  const ringing = alarms.filter(({ StateValue }) => StateValue === 'ALARM').map(tellingOf);
  const unknown = alarms.filter(({ StateValue }) => StateValue === 'INSUFFICIENT_DATA').map(tellingOf);
  const fresh =
    unknown.length === 0
      ? ''
      : `; ${unknown.length} without data yet, as new ones are for some minutes: ${unknown.map(({ kind }) => kind).join(', ')}`;
  if (ringing.length === 0) return ok(`none of ${alarms.length} rings${fresh}`);
  const remedies = new Set(ringing.map(({ kind, remedy }) => `${kind}: ${remedy}.`));
  return wrong(
    `${ringing.length} of ${alarms.length} ring: ${ringing.map(({ text }) => text).join('; ')}${fresh}`,
    [...remedies].join(' '),
  );
}

interface Telling {
  readonly kind: string;
  readonly text: string;
  readonly remedy: string;
}

/** Tells an alarm in words. People may have alarms of their own in the stack. */
function tellingOf({ AlarmName = '', AlarmDescription = '', StateUpdatedTimestamp: since }: AlarmState): Telling {
  const [, text, kind] = /^graphdrop: (.*) \(docs\/operations\.md, (\w+)\)$/.exec(AlarmDescription) ?? [];
  const when = since === undefined ? '' : ` (since ${since.toISOString()})`;
  const remedy = REMEDIES[kind ?? ''] ?? `its description says what to do: ${AlarmDescription || 'it has none'}`;
  return { kind: kind ?? AlarmName, text: `${text ?? AlarmName}${when}`, remedy };
}

async function namesIn(StackName: string): Promise<string[]> {
  const client = nameCalls(new CloudFormationClient(), 'cloudformation');
  const names: string[] = [];
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
      for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries)
        if (ResourceType === 'AWS::CloudWatch::Alarm' && PhysicalResourceId) names.push(PhysicalResourceId);
    }
    return names;
  } finally {
    client.destroy();
  }
}

async function statesOf(names: readonly string[]): Promise<AlarmState[]> {
  const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const client: CloudWatchClient = nameCalls(new CloudWatchClient(), 'cloudwatch');
  const found: AlarmState[] = [];
  try {
    for (let start = 0; start < names.length; start += ALARMS_OF_CALL) {
      const AlarmNames = names.slice(start, start + ALARMS_OF_CALL);
      const { MetricAlarms = [] } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames, MaxRecords: ALARMS_OF_CALL }),
      );
      found.push(...MetricAlarms);
    }
    return found;
  } finally {
    client.destroy();
  }
}
