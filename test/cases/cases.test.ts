/** Threat: files as people really drop them are accepted and give a graph that isn't what they say. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { World } from '../sync/world.ts';
import { readCases } from './read-case.ts';
import { runCase } from './run-case.ts';

describe.concurrent('a case', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(async () => await world.close());

  it.each(readCases())('holds: $title', async one => await runCase(world, one));
});
