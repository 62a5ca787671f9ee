import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CliError } from '../cli-error.ts';
import { nameCalls } from './named-calls.ts';

/** Characters of the hash that CDK puts after a name. */
const HASH_LENGTH = 8;

/** What the command line needs to know of a stack: see infra/outputs.ts. */
export interface StackOutputs {
  readonly bucket: string;
  readonly table: string;
  readonly syncFunction: string;
  readonly verifyFunction: string;
  readonly queryFunction: string;
  readonly statusFunction: string;
}

/** Finds a deployed stack by its name, through its outputs. @throws CliError where there is none, or it isn't graphdrop's */
export async function stackOutputs(name: string): Promise<StackOutputs> {
  const client = nameCalls(new CloudFormationClient(), 'cloudformation');
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name })).catch(error => {
      if (/does not exist/.test(String(error?.message))) throw unknownStack(name, error);
      throw error;
    });
    const values = new Map(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
    const output = (wanted: string): string => {
      // In an app of one's own the construct's outputs have the names of what is around it before, and a hash after.
      const isWanted = (key: string) =>
        key === wanted || (/[0-9A-F]{8}$/.test(key) && key.slice(0, -HASH_LENGTH).endsWith(wanted));
      const found = [...values].filter(([key]) => isWanted(key));
      if (found.length === 1) return found[0]?.[1] ?? '';
      throw new CliError(
        found.length === 0
          ? `stack ${name} has no output ${wanted}: is it a stack with a GraphDrop? Its outputs: ${[...values.keys()].join(', ') || 'none'}`
          : `stack ${name} has several outputs ${wanted} (${found.map(([key]) => key).join(', ')}): the command line needs a stack with one GraphDrop`,
      );
    };
    return {
      bucket: output('BucketName'),
      table: output('TableName'),
      syncFunction: output('SyncFunctionName'),
      verifyFunction: output('VerifyFunctionName'),
      queryFunction: output('QueryFunctionName'),
      statusFunction: output('StatusFunctionName'),
    };
  } finally {
    client.destroy();
  }
}

function unknownStack(name: string, cause: unknown): CliError {
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  return new CliError(
    `there is no stack ${name} in ${region ? `region ${region}` : 'the region of your AWS configuration'}: see to --stack, AWS_REGION and AWS_PROFILE`,
    { cause },
  );
}
