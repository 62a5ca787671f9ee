import { afterAll, beforeAll, expect, it } from 'vitest';
import { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(async () => await world.close());

it('makes the graph follow put, replace and delete', async () => {
  await world.put('people/a.ndjson', [
    { id: 'ada', name: 'Ada', age: 36 },
    { id: 'bob', name: 'Bob' },
  ]);
  await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1840 }]);
  const report = await world.sync(['people/a.ndjson', 'knows/a.ndjson']);
  console.log(report);
  console.log(JSON.stringify(await world.graph()));
  expect(await world.sync(['people/a.ndjson', 'knows/a.ndjson'])).toMatchObject({ skipped: 2, transactions: 0 });
  await world.put('people/a.ndjson', [{ id: 'ada', name: 'Ada L' }]);
  console.log(await world.sync(['people/a.ndjson']));
  console.log(JSON.stringify(await world.graph()));
  await world.delete('knows/a.ndjson');
  console.log(await world.sync(['knows/a.ndjson']));
  console.log(JSON.stringify(await world.graph()));
});
