import { randomUUID } from 'node:crypto';
import type { AwsAddress } from '../support/aws-address.ts';

export interface Execution {
  readonly status: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** Runs a state machine on the emulator and waits for its end. */
export async function runStateMachine(
  aws: AwsAddress,
  template: string,
  substitutions: Readonly<Record<string, string>>,
  input: object,
): Promise<Execution> {
  const definition = template.replaceAll(/\$\{(\w+)\}/g, (found, name) => substitutions[name] ?? found);
  const { stateMachineArn } = (await call(aws, 'CreateStateMachine', {
    name: `test-${randomUUID()}`,
    type: 'EXPRESS',
    roleArn: 'arn:aws:iam::000000000000:role/any',
    definition,
  })) as { stateMachineArn: string };
  const execution = await call(aws, 'StartSyncExecution', { stateMachineArn, input: JSON.stringify(input) });
  await call(aws, 'DeleteStateMachine', { stateMachineArn });
  return execution as Execution;
}

/** The SDK's client for three calls would be one more dependency; the emulator checks no signature. */
async function call(aws: AwsAddress, operation: string, body: object): Promise<unknown> {
  const response = await fetch(aws.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${aws.accessKeyId}/20200101/${aws.region}/states/aws4_request`,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  return await response.json();
}
