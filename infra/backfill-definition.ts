/** The state machine of a backfill, in the Amazon States Language: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html */
import { RESULTS_PREFIX } from '../lib/files/keys/quarantine-key.ts';

export interface BackfillTargets {
  readonly partition: string;
  readonly bucketName: string;
  readonly functionArn: string;
  /** Batches under way at once. */
  readonly maxConcurrency: number;
}

/** Where the results of the batches are. No object of a source is under it. */
export const BACKFILL_PREFIX = `${RESULTS_PREFIX}backfill`;

/** A state's input holds 256 KB, and a key 1,024 bytes, up to six times that once it is escaped. */
const BATCH = { MaxItemsPerBatch: 100, MaxInputBytesPerBatch: 131_072 };

/** Rounds for objects that kept changing while they were read, or for which an invocation's time was up. */
const MOST_ROUNDS = 50;

/**
 * What may pass by itself: a scope that is busy or closed by a deploy, a lease that was lost, a server or service that doesn't answer, a
 * function that ran out of time. Half of the waits together are 40 minutes on average, which a long transaction or deploy doesn't
 * outlast; jitter keeps those that wait from coming back together.
 */
const RETRY = {
  ErrorEquals: [
    'CommitUnknownError',
    'GraphDriftError',
    'HangingReadError',
    'LeaseLostError',
    'ObjectReplacedError',
    'QueueError',
    'ScopeBusyError',
    'SlowCallError',
    'SpoolError',
    'StaleFenceError',
    'StalledError',
    'StoreUnavailableError',
    'UnreadObjectsError',
    'Neo4jError',
    'Sandbox.Timedout',
    'Lambda.Unknown',
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
  ],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  MaxAttempts: 45,
  JitterStrategy: 'FULL',
};

/** Makes the definition as plain data, with whatever tokens the targets have. */
export function backfillDefinition({ partition, bucketName, functionArn, maxConcurrency }: BackfillTargets): object {
  const integration = (name: string) => `arn:${partition}:states:::${name}`;
  const map = (source: string, reader: object, key: string) => ({
    Type: 'Map',
    ItemReader: reader,
    ItemSelector: { key },
    ItemBatcher: BATCH,
    MaxConcurrency: maxConcurrency,
    // One file that can't be read must not end the work on the others.
    ToleratedFailurePercentage: 100,
    ItemProcessor: batchProcessor(source, integration, bucketName, functionArn),
    ResultWriter: {
      Resource: integration('s3:putObject'),
      Arguments: { Bucket: bucketName, Prefix: BACKFILL_PREFIX },
      WriterConfig: { OutputType: 'JSONL', Transformation: 'COMPACT' },
    },
    Next: 'Count',
  });
  return {
    Comment:
      'Has the sync function look at objects: of the whole bucket, {}; of a part, { "prefix": "2026/" }; or of an inventory, { "inventory": { "bucket", "key" of its manifest.json } }',
    QueryLanguage: 'JSONata',
    StartAt: 'Listing or inventory?',
    States: {
      'Listing or inventory?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $exists($states.input.inventory) %}', Next: 'Sync inventory' }],
        Default: 'Sync listing',
      },
      'Sync listing': map(
        'listing',
        {
          Resource: integration('s3:listObjectsV2'),
          Arguments: {
            Bucket: bucketName,
            Prefix: "{% $exists($states.input.prefix) ? $states.input.prefix : '' %}",
          },
        },
        '{% $states.context.Map.Item.Value.Key %}',
      ),
      'Sync inventory': map(
        'inventory',
        {
          Resource: integration('s3:getObject'),
          ReaderConfig: { InputType: 'MANIFEST' },
          Arguments: { Bucket: '{% $states.input.inventory.bucket %}', Key: '{% $states.input.inventory.key %}' },
        },
        // Inventories have keys as forms do: a blank is a plus.
        "{% $decodeUrlComponent($replace($states.context.Map.Item.Value.Key, '+', ' ')) %}",
      ),
      Count: {
        Type: 'Task',
        Resource: integration('aws-sdk:sfn:describeMapRun'),
        Arguments: { MapRunArn: '{% $states.input.MapRunArn %}' },
        Output: {
          objects: '{% $states.result.ItemCounts.Total %}',
          synced: '{% $states.result.ItemCounts.Succeeded %}',
          failed: '{% $states.result.ItemCounts.Total - $states.result.ItemCounts.Succeeded %}',
          results: '{% $states.input.ResultWriterDetails %}',
        },
        Next: 'All synced?',
      },
      'All synced?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.failed > 0 %}', Next: 'Incomplete' }],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
      Incomplete: {
        Type: 'Fail',
        Error: 'BackfillIncomplete',
        Cause:
          "{% $string($states.input.failed) & ' of ' & $string($states.input.objects) & ' objects are in batches that failed: see FAILED_*.json beside s3://' & $states.input.results.Bucket & '/' & $states.input.results.Key & ', or redrive this execution' %}",
      },
    },
  };
}

/** What happens to one batch: it is synced until nothing of it is unsettled. A machine's states, those inside of it too, have names of their own. */
function batchProcessor(
  source: string,
  integration: (name: string) => string,
  bucketName: string,
  functionArn: string,
): object {
  const reports = '$states.result.Payload.reports';
  const named = (state: string) => `${state} (${source})`;
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: named('Begin'),
    States: {
      [named('Begin')]: {
        Type: 'Pass',
        Assign: { keys: '{% [$states.input.Items.key] %}', rounds: 0, applied: 0, rejected: 0 },
        Next: named('Sync'),
      },
      [named('Sync')]: {
        Type: 'Task',
        Resource: integration('lambda:invoke'),
        Arguments: { FunctionName: functionArn, Payload: { bucket: bucketName, keys: '{% $keys %}' } },
        Retry: [RETRY],
        Assign: {
          keys: `{% [$distinct(${reports}.unsettled)] %}`,
          rounds: '{% $rounds + 1 %}',
          applied: `{% $applied + $sum([${reports}.applied]) %}`,
          rejected: `{% $rejected + $count(${reports}.rejected) %}`,
        },
        Output: {},
        Next: named('Settled?'),
      },
      [named('Settled?')]: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $count($keys) = 0 %}', Next: named('Settled') },
          { Condition: `{% $rounds >= ${MOST_ROUNDS} %}`, Next: named('Unsettled') },
        ],
        Default: named('Sync'),
      },
      [named('Settled')]: {
        Type: 'Pass',
        Output: { applied: '{% $applied %}', rejected: '{% $rejected %}', rounds: '{% $rounds %}' },
        End: true,
      },
      [named('Unsettled')]: {
        Type: 'Fail',
        Error: 'ObjectsUnsettled',
        Cause: "{% 'still changing, or never done in the time of an invocation: ' & $string($keys) %}",
      },
    },
  };
}
