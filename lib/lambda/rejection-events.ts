import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SyncReport } from '../sync/sync-report.ts';
import { eventsClient } from './clients.ts';
import { log } from './log.ts';
import { packed } from './packed.ts';

/** What PutEvents takes in a call: 10 entries, 256 KB in all, of which names and envelope take some. */
const MOST = { items: 10, bytes: 240_000 };

/** Tells listeners on the default bus which objects were rejected and why. */
export async function publishRejections(
  bucket: string,
  { scope, rejected }: Pick<SyncReport, 'scope' | 'rejected'>,
): Promise<void> {
  await publishAll('Object Rejected', bucket, scope, rejected);
}

/** Tells listeners on the default bus which objects were accepted, but not as they stand. */
export async function publishNotes(
  bucket: string,
  { scope, noted }: Pick<SyncReport, 'scope' | 'noted'>,
): Promise<void> {
  await publishAll('Object Noted', bucket, scope, noted);
}

async function publishAll(type: string, bucket: string, scope: string, objects: readonly object[]): Promise<void> {
  for (const details of callsOf(objects.map(object => JSON.stringify({ scope, bucket, ...object })))) {
    const error = await publish(type, details).catch(String);
    // The status item and the log say the same: a lost event is no reason to look at the object again.
    if (error !== null) log({ level: 'error', event: 'rejection-event-lost', scope, type, error });
  }
}

/** @returns why EventBridge didn't take some of them; null: it took all */
async function publish(type: string, details: readonly string[]): Promise<string | null> {
  const entries = details.map(Detail => ({ Source: 'graphdrop', DetailType: type, Detail }));
  const { FailedEntryCount = 0, Entries = [] } = await eventsClient().send(new PutEventsCommand({ Entries: entries }));
  if (FailedEntryCount === 0) return null;
  const { ErrorCode, ErrorMessage } = Entries.find(entry => entry.ErrorCode !== undefined) ?? {};
  return `${FailedEntryCount} of ${entries.length}: ${ErrorCode}: ${ErrorMessage}`;
}

/** Groups details by call. One alone always fits: 20 problems of a few hundred characters, and a key of 1,024 bytes with each. */
export function callsOf(details: readonly string[]): Generator<string[]> {
  return packed(details, detail => Buffer.byteLength(detail) + 100, MOST);
}
