import { TrackedWorld } from './tracked-world.ts';

/** What a file name, a value or a message may hold to break out of HTML. */
export const SCRIPT = '"><script>document.title="broken"</script><img src=x onerror="document.title=\'broken\'">';

/** A world whose keys, values and reasons are HTML. */
export async function hostileWorld(): Promise<TrackedWorld> {
  const world = new TrackedWorld();
  // A glob's star doesn't cross folders.
  const name = SCRIPT.replaceAll('/', '\u2044');
  await world.drop(`people/${name}.ndjson`, [
    { id: SCRIPT, name: SCRIPT },
    { id: 'ada', name: 'Ada' },
  ]);
  await world.drop('people/z.ndjson', [{ id: SCRIPT, name: 'z' }]);
  await world.drop('knows/k.ndjson', [
    { from: SCRIPT, to: 'ada' },
    { from: 'ada', to: 'ada' },
    { from: 'ada', to: 'stub' },
  ]);
  await world.drop(`people/${name}bad.ndjson`, `{"id":${JSON.stringify(SCRIPT)},"name":7}\n<script>\n`);
  return world;
}
