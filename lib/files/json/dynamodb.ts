import { ContentError } from '../content-error.ts';
import type { OwnFormat, SourceRecord } from '../file-format.ts';
import { type DepthLimit, depthLimit, type ReadingLimits } from '../limits.ts';
import { attributesOf } from './attribute-value.ts';
import { ndjson } from './ndjson.ts';

/**
 * What DynamoDB exports to S3 as DynamoDB JSON
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html), and the records of its streams as
 * Firehose writes them. Of a full export a record is the item, without its types; of an incremental one `Keys`, `NewImage`, `OldImage` (where
 * they are there) and `Metadata`; of a stream the same with `eventName`. Manifests have no records. Only for sources that say so.
 */
export const dynamodb: OwnFormat<Readonly<Record<string, unknown>>, ReadingLimits & DepthLimit> = {
  extensions: [],
  contentTypes: [],
  options: depthLimit,
  async *read(bytes, options) {
    for await (const batch of ndjson.read(bytes, options)) {
      const records = batch.flatMap(record => recordsOf(record));
      if (records.length > 0) yield records;
    }
  },
};

const IMAGES = ['Keys', 'NewImage', 'OldImage', 'Metadata'] as const;

function recordsOf(record: SourceRecord): SourceRecord[] {
  const { value, fault } = record;
  if (fault !== undefined) return [record];
  try {
    const item = itemOf(value);
    return item === undefined ? [] : [{ ...record, value: item }];
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return [{ ...record, fault: error.message }];
  }
}

/** Returns the record of a line; undefined: the line is a manifest's. */
function itemOf(value: unknown): unknown {
  const given = (typeof value === 'object' ? (value ?? {}) : {}) as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(given, 'Item')) return attributesOf(given.Item, 'Item');
  if (Object.hasOwn(given, 'Keys')) return imagesOf(given);
  const { dynamodb: change, eventName, dataFileS3Key, version } = given;
  if (typeof change === 'object' && change !== null) return { ...imagesOf(change), eventName };
  const isManifest = dataFileS3Key !== undefined || (typeof version === 'string' && /^\d{4}-\d\d-\d\d$/.test(version));
  if (isManifest) return undefined;
  throw new ContentError('the line has neither Item nor Keys: it is none of an export of DynamoDB (as DynamoDB JSON)');
}

function imagesOf(change: object): Record<string, unknown> {
  const entries = Object.entries(change).map(([name, content]) => {
    const isImage = (IMAGES as readonly string[]).includes(name) && content !== null;
    return [name, isImage ? attributesOf(content, name) : content];
  });
  return Object.fromEntries(entries);
}
