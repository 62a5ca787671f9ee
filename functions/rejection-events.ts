import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SyncReport } from '../lib/sync.ts';
import { log } from './log.ts';

const client = new EventBridgeClient();

/** PutEvents takes 10 entries and 256 KB a call; 20 problems of a few hundred characters are well below 25 KB. */
const EVENTS_PER_CALL = 10;

/** Tells whoever listens on the default bus which objects were rejected and why. */
export async function publishRejections(bucket: string, { scope, rejected }: SyncReport): Promise<void> {
  for (let start = 0; start < rejected.length; start += EVENTS_PER_CALL) {
    const Entries = rejected.slice(start, start + EVENTS_PER_CALL).map(rejection => ({
      Source: 'graphdrop',
      DetailType: 'Object Rejected',
      Detail: JSON.stringify({ scope, bucket, ...rejection }),
    }));
    try {
      await client.send(new PutEventsCommand({ Entries }));
    } catch (error) {
      // The status item and the log say the same: a lost event is no reason to look at the object again.
      log({ level: 'error', event: 'rejection-event-lost', scope, error: String(error) });
    }
  }
}
