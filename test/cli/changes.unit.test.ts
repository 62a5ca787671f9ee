/** Threat: a change comes while another is being looked at, and is forgotten. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Changes } from '../../lib/cli/dev/changes.ts';

it('changes are gathered, a file once, and each is taken once', async () => {
  const changes = new Changes();
  changes.add('a', 'b');
  const taken = changes.take(30);
  changes.add('b');
  changes.addFlow();
  await sleep(5);
  changes.add('c');
  expect(await taken).toEqual({ keys: ['a', 'b', 'c'], all: false, flow: true, stop: false });
  changes.addAll();
  expect(await changes.take(0)).toEqual({ keys: [], all: true, flow: false, stop: false });
});

it('a wait ends with a change, and at once when it must stop', async () => {
  const changes = new Changes();
  const waiting = changes.take(0);
  await sleep(5);
  changes.add('a');
  expect(await waiting).toMatchObject({ keys: ['a'] });
  changes.add('b');
  const gathering = changes.take(600_000);
  changes.stop();
  expect(await gathering).toMatchObject({ keys: ['b'], stop: true });
  expect(changes.stopped).toBe(true);
});
