/** Something before DynamoDB Local that answers in its place as the real one does when it throttles or denies. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type AwsAddress, localAws } from './aws-address.ts';

/** How a call is turned away; null: it goes through. */
export type Refusal = 'throttled' | 'denied' | null;

export interface DynamoDbProxy extends AwsAddress {
  /** Calls by name, those that were turned away among them. */
  readonly calls: ReadonlyMap<string, number>;
  close(): void;
}

/** As DynamoDB words them. */
const REFUSALS: Readonly<Record<Exclude<Refusal, null>, object>> = {
  throttled: {
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
  },
  denied: {
    __type: 'com.amazon.coral.service#AccessDeniedException',
    Message: 'User is not authorized to perform this action on the table.',
  },
};

/** Starts a proxy. @param refuse decides about each call, by its name (`PutItem`) and the number of it */
export async function startDynamoDbProxy(
  target: AwsAddress,
  refuse: (call: string, nth: number) => Refusal,
): Promise<DynamoDbProxy> {
  const calls = new Map<string, number>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const nth = (calls.get(call) ?? 0) + 1;
    calls.set(call, nth);
    const body = await buffer(request);
    const refusal = refuse(call, nth);
    if (refusal !== null) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(REFUSALS[refusal]));
      return;
    }
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers as Record<string, string>;
    const answered = await fetch(target.endpoint, { method: 'POST', headers, body: new Uint8Array(body) });
    response.writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(Buffer.from(await answered.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(error => response.destroy(error));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    ...localAws((server.address() as AddressInfo).port),
    calls,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
