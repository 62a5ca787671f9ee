import type { Output } from '../output.ts';
import { openFolder } from './folder-place.ts';
import type { Place, PlaceOptions } from './place.ts';
import { openStack } from './stack-place.ts';

/** Opens the place that the options name. @throws CliError */
export async function openPlace(options: PlaceOptions, out: Output): Promise<Place> {
  return options.stack === undefined ? await openFolder(options, out) : await openStack(options.stack, options);
}

/** Does work on a place and closes it afterwards. */
export async function inPlace<T>(options: PlaceOptions, out: Output, work: (place: Place) => Promise<T>): Promise<T> {
  const place = await openPlace(options, out);
  try {
    return await work(place);
  } finally {
    await place.close();
  }
}
