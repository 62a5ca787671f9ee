import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { RangedFile } from './graph/record-reader.ts';

/** One version of an object. */
export interface ObjectVersionRef {
  readonly bucket: string;
  readonly key: string;
  /** Undefined: the present one. */
  readonly versionId: string | undefined;
  readonly etag: string;
  readonly size: number;
}

/**
 * The bytes of one version of an object, by ranges. Every request names its ETag (`If-Match`): parts of two versions
 * never come together, but {@link isReplaced} tells what was thrown.
 */
export function rangesOf(s3: S3Client, object: ObjectVersionRef): RangedFile {
  const { bucket, key, versionId, etag, size } = object;
  return {
    size,
    read: async (start, end) => {
      if (end <= start) return new Uint8Array(0);
      const { Body, ContentRange } = await s3.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range: `bytes=${start}-${end - 1}`,
          IfMatch: etag,
          ...(versionId !== undefined && { VersionId: versionId }),
        }),
      );
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      // A store that knows no ranges, or none of old versions, gives the whole. A copy has memory of its own.
      return Uint8Array.from(ContentRange === undefined ? bytes.subarray(start, end) : bytes);
    },
  };
}

/** The whole of that version, asked for when the first byte is. */
export async function* wholeOf(s3: S3Client, object: ObjectVersionRef): AsyncGenerator<Uint8Array> {
  const { bucket, key, versionId, etag } = object;
  const version = versionId === undefined ? {} : { VersionId: versionId };
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, ...version }));
  if (Body !== undefined) yield* Body as AsyncIterable<Uint8Array>;
}

/** Whether a request failed because the object has another version by now. */
export function isReplaced(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}
