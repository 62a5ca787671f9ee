/** Threat: the first worker of a scope loses the database on the way, and the next one takes for done what isn't. */
import { expect, it } from 'vitest';
import { World } from '../sync/world.ts';
import { deployed, dropRows, found, lettered, open, whole, workerOf } from './lettered-tables.ts';
import { watchedConnection } from './watched-database.ts';

it('a scope has its constraints and claims wherever its first worker stopped', async () => {
  for (let stop = 1, stopped = true; stopped; stop += 1) {
    const world = await World.create();
    stopped = false;
    let sent = 0;
    const connection = watchedConnection(world.connection, () => {
      sent += 1;
      if (sent !== stop) return;
      stopped = true;
      throw Object.assign(new Error('connection lost'), { code: 'KILLED' });
    });
    const first = world.worker({ flow: lettered(world, 'P'), connection });
    await dropRows(world, first, 'P').catch(() => {});
    await dropRows(world, workerOf(world, { tables: 'P' }), 'P');
    expect(await found(world, 'P'), `after ${stop - 1} statements`).toEqual({ P: whole('x') });
    await open(deployed(world, { id: 'a', tables: 'P', code: 'another' }));
    await world.close();
  }
});
