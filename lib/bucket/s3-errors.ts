import { NoSuchKey, NotFound, S3ServiceException } from '@aws-sdk/client-s3';
import { StoreUnavailableError } from '../errors.ts';
import { ObjectReplacedError, ObjectUnreadableError } from '../files/object-store.ts';
import { isPassing } from '../state/aws-errors.ts';
import { StalledError } from './in-time.ts';

/** Tells whether a call failed because there is no such object or version. */
export function isMissing(error: unknown): boolean {
  if (error instanceof NotFound || error instanceof NoSuchKey) return true;
  return error instanceof S3ServiceException && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(error.name);
}

/** Makes an error of the store's interface of one of S3's; the rest is for people: a missing bucket, say. */
export function classify(place: string, error: unknown): unknown {
  const { name = '', message = '' } = error as Partial<Error>;
  const said = `${name}: ${message}`;
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode;
    if (status === 412) return new ObjectReplacedError(`${place} was replaced while it was read`, { cause: error });
    if (name === 'InvalidObjectState') {
      return new ObjectUnreadableError('archived', `${place} is archived; restore it, or delete it (${said})`, {
        cause: error,
      });
    }
    if (status === 403) {
      return new ObjectUnreadableError(
        'denied',
        `${place} may not be read; allow the function s3:GetObject, s3:GetObjectVersion and its key (${said})`,
        {
          cause: error,
        },
      );
    }
  }
  return isPassing(error) || error instanceof StalledError
    ? new StoreUnavailableError(`${place}: S3: ${said}`, { cause: error })
    : error;
}
