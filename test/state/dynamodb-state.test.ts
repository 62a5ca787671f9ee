/** Promise: DynamoDB keeps tracked state as the interface of a store says. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';
import { stateStoreContract } from './state-store-contract.ts';

stateStoreContract(async () => {
  const client = new DynamoDBClient(clientConfig(inject('services').dynamoDb));
  const table = `state-${randomUUID()}`;
  await createStateTable(client, table);
  return dynamoDbState(client, table);
});
