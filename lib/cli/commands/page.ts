import type { Command } from 'commander';
import { countDeadLetters } from '../../lambda/dead-letters.ts';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { naturalNumber } from '../natural-number.ts';
import { servePage } from '../page/serve-page.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { isStack } from '../place/stack-place.ts';

interface PageOptions extends PlaceOptions {
  readonly port: number;
}

/** `graphdrop page`: what there is to see of a place, in a browser. */
export function pageCommand(): Command {
  const command = newCommand('page', {
    summary: 'show objects, batches and rows in a browser',
    description:
      'Serves a page to this machine until it is interrupted: objects and how they stand, rejected ones with their lines, the last batches, the lag, and for an object or a node the graph around it.',
    examples: ['graphdrop page', 'graphdrop page --stack graphdrop --port 8080'],
  }).option('--port <number>', 'port on 127.0.0.1; 0: any that is free', naturalNumber, 0);
  return runs<PageOptions>(placeOptions(command), async ({ options, out }) => {
    return await inPlace(options, out, async place => {
      const scope = await place.scope();
      const page = await servePage(() => scope, {
        port: options.port,
        ...(isStack(place) && { countDeadLetters: () => countDeadLetters(place.queueUrl) }),
      });
      out.event({ event: 'page', url: page.url }, `${place.title}: ${page.url}  (Ctrl-C ends)`);
      await interrupted();
      await page.close();
      return EXIT.ok;
    });
  });
}

async function interrupted(): Promise<void> {
  await new Promise<void>(done => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
  });
}
