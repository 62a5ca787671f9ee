import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SyncReport } from '../lib/sync.ts';
import { log } from './log.ts';
import { packed } from './packed.ts';

const client = new EventBridgeClient();

/** What PutEvents takes in a call: 10 entries, 256 KB in all, of which names and envelope take some. */
const MOST = { items: 10, bytes: 240_000 };

/** Tells whoever listens on the default bus which objects were rejected and why. */
export async function publishRejections(
  bucket: string,
  { scope, rejected }: Pick<SyncReport, 'scope' | 'rejected'>,
): Promise<void> {
  for (const details of callsOf(rejected.map(rejection => JSON.stringify({ scope, bucket, ...rejection })))) {
    const error = await publish(details).catch(String);
    // The status item and the log say the same: a lost event is no reason to look at the object again.
    if (error !== null) log({ level: 'error', event: 'rejection-event-lost', scope, error });
  }
}

/** @returns why EventBridge didn't take some of them; null: it took all */
async function publish(details: readonly string[]): Promise<string | null> {
  const entries = details.map(Detail => ({ Source: 'graphdrop', DetailType: 'Object Rejected', Detail }));
  const { FailedEntryCount = 0, Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
  if (FailedEntryCount === 0) return null;
  const { ErrorCode, ErrorMessage } = Entries.find(entry => entry.ErrorCode !== undefined) ?? {};
  return `${FailedEntryCount} of ${entries.length}: ${ErrorCode}: ${ErrorMessage}`;
}

/** Details by call. One alone always fits: 20 problems of a few hundred characters, and a key of 1,024 bytes with each. */
export function callsOf(details: readonly string[]): Generator<string[]> {
  return packed(details, detail => Buffer.byteLength(detail) + 100, MOST);
}
