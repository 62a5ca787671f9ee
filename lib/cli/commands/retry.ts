import type { Command } from 'commander';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { moveDeadLetters } from '../place/dead-letters.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { isStack } from '../place/stack-place.ts';
import { syncKeys } from './sync.ts';

/** `graphdrop retry`: tries again what failed. */
export function retryCommand(): Command {
  const command = newCommand('retry', {
    summary: 'try rejected and unreadable files again',
    description: `Looks again at every file that was rejected or can't be read, as it is now. On a stack it also moves dead letters back to
the queue they came from.`,
    examples: ['graphdrop retry', 'graphdrop retry --stack graphdrop'],
  });
  return runs<PlaceOptions>(placeOptions(command), async ({ options, out }) => {
    return await inPlace(options, out, async place => {
      const keys: string[] = [];
      for await (const { key, state } of place.state.status.list()) {
        if (state === 'rejected' || state === 'unread') keys.push(key);
      }
      if (isStack(place)) {
        const moved = await moveDeadLetters(place.queueUrl);
        out.event({ event: 'dead-letters', moved }, `dead letters moved back: ${moved}`);
      }
      if (keys.length > 0) return await syncKeys(place, keys, out);
      out.event({ event: 'synced', objects: 0, bad: [] }, 'no file is rejected');
      return EXIT.ok;
    });
  });
}
