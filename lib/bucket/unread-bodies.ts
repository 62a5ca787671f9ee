import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';

/**
 * Has a body's trouble not end the process: nobody may read it, as where the answer comes after the call was given up. Then the SDK has
 * stopped listening, and what cuts the body off (to give a call up does) is an error of its own.
 */
export function withUnreadBodies(client: S3Client): S3Client {
  client.middlewareStack.add(
    next => async args => {
      const answer = await next(args);
      const { Body } = answer.output as { readonly Body?: unknown };
      if (Body instanceof Readable) Body.on('error', () => {});
      return answer;
    },
    // Around all that is done with an answer, and before anybody else gets it.
    { step: 'deserialize', priority: 'high', name: 'graphdropUnreadBodies', override: true },
  );
  return client;
}
