import { type GetObjectCommandInput, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { ObjectUnreadableError } from '../../lib/files/object-store.ts';
import { clientConfig } from '../support/aws-address.ts';
import { watchedObjects } from './watched-objects.ts';
import type { WorkerOptions, World } from './world.ts';

/** How a worker differs for which some objects are archived: they can be listed and looked at, and not be read. */
export function withArchived(world: World, keys: readonly string[]): WorkerOptions {
  if (world.stores === null) return { s3: archivingS3(({ Key }) => keys.includes(Key ?? '')) };
  const objects = watchedObjects(world.objects(), (call, key) => {
    const isRead = call === 'read' || call === 'readRange';
    if (isRead && keys.includes(String(key))) throw new ObjectUnreadableError('archived', `${key} is archived`);
  });
  return { objects };
}

/** An S3 of which some objects or versions are archived: HEAD and listings answer, GET doesn't, in the words of the real one. */
export function archivingS3(isArchived: (asked: Partial<GetObjectCommandInput>) => boolean): S3Client {
  const s3 = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });
  s3.middlewareStack.add(
    (next, context) => async args => {
      if (context.commandName === 'GetObjectCommand' && isArchived(args.input as Partial<GetObjectCommandInput>)) {
        throw new S3ServiceException({
          name: 'InvalidObjectState',
          message: "The operation is not valid for the object's storage class",
          $fault: 'client',
          $metadata: { httpStatusCode: 403 },
        });
      }
      return await next(args);
    },
    { step: 'initialize' },
  );
  return s3;
}
