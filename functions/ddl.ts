/** The custom resource of a scope's schema, behind CDK's Provider framework. */
import type {
  CdkCustomResourceEvent,
  CdkCustomResourceIsCompleteEvent,
  CdkCustomResourceIsCompleteResponse,
  CdkCustomResourceResponse,
  Context,
} from 'aws-lambda';
import { dynamoClient, secretsClient, sqsClient } from '../lib/lambda/clients.ts';
import { nameRequest } from '../lib/lambda/log.ts';
import { beginRequest, continueRequest } from '../lib/lambda/schema-resource.ts';
import { waitForPermission } from '../lib/lambda/wait-for-permission.ts';

for (const client of [dynamoClient(), secretsClient(), sqsClient()]) waitForPermission(client);

/** Begins a create, update or delete. */
export async function onEvent(event: CdkCustomResourceEvent, invocation?: Context): Promise<CdkCustomResourceResponse> {
  nameRequest(invocation);
  return await beginRequest(event);
}

/** Continues it: called every few seconds until it answers that all is done. */
export async function isComplete(
  event: CdkCustomResourceIsCompleteEvent,
  invocation?: Context,
): Promise<CdkCustomResourceIsCompleteResponse> {
  nameRequest(invocation);
  return await continueRequest(event);
}
