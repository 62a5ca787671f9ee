/** Threat: after some versions, of which only what changed was read, graph or state are others than if all had been read whole. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TrackedWorld } from '../insight/tracked-world.ts';
import { COMPARING, comparedFlow, told } from './compared-flow.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const usual = fc.record({
  kind: fc.constantFrom('person', 'person', 'person', 'knows', 'loose', 'absent', 'nothing'),
  id: fc.nat({ max: 400 }).map(n => `p${n}`),
  name,
  to: fc.nat({ max: 400 }).map(n => `p${n}`),
});
const line = fc.oneof(
  { weight: 40, arbitrary: usual.map(record => JSON.stringify(record)) },
  { weight: 3, arbitrary: fc.constantFrom('', '  ', '{"kind":"nothing","id":"1"} {"kind":"nothing","id":"2"}\r') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"kind":"throws","id":"x"}',
      '{"kind":"size","id":"s"}',
      'no json',
      '\ufeff{"kind":"person","id":"mark"}',
      '{"kind":"person","id":"$date","name":{"$date":"2026-01-01T00:00:00Z"}}',
    ),
  },
);

/** What is done to the lines of a version to make the next. */
const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('put in' as const), at: fc.nat(), line }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('replace' as const), at: fc.nat(), line }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('take away' as const), at: fc.nat(), line: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('repeat' as const), at: fc.nat(), line: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const), at: fc.nat(), line: fc.constant('') }) },
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
const changes = fc.array(change, { maxLength: 3 });

function changed(lines: readonly string[], { does, at, line: text }: Change): string[] {
  const place = lines.length === 0 ? 0 : at % lines.length;
  const next = [...lines];
  if (does === 'put in') next.splice(place, 0, text);
  else if (does === 'replace') next.splice(place, 1, text);
  else if (does === 'take away') next.splice(place, 1);
  else if (does === 'repeat') next.push(lines[place] ?? '');
  else next.unshift(...next.splice(place));
  return next;
}

const START = Array.from({ length: 120 }, (_, n) => {
  if (n % 20 === 7) return JSON.stringify({ kind: 'loose', id: `l${n}`, name: ['a', 'b', 'c'][n % 3] });
  if (n % 3 === 0) return JSON.stringify({ kind: 'knows', id: `k${n}`, to: `p${n}` });
  return JSON.stringify({ kind: 'person', id: `p${n}`, name: `${n % 7}` });
});

/** A file with every other row of the first, and other values. */
const OTHER = START.filter((_, n) => n % 2 === 0).map(text => text.replace(/"name":"\w"/, '"name":"of b"'));

it('state, graph and statuses are the same, whichever versions there were', async () => {
  let parts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(changes, changes), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(3, 20_000),
      fc.boolean(),
      fc.constantFrom(...COMPARING),
      async (versions, maxRows, ends, by) => {
        const worlds = [new TrackedWorld(comparedFlow(), by), new TrackedWorld(comparedFlow())] as const;
        // Both have some of the rows: what wins them may be in either.
        const files = { 'a.ndjson': START, 'b.ndjson': OTHER };
        const keys = ['a.ndjson', 'b.ndjson'] as const;
        for (const version of [[[], []], ...versions] as const) {
          for (const [n, key] of keys.entries()) {
            files[key] = (version[n] as readonly Change[]).reduce(changed, files[key]);
            for (const world of worlds) world.put(key, `${files[key].join('\n')}${ends ? '\n' : ''}`);
          }
          for (const world of worlds) await world.apply(keys, { maxRows });
          const [one, whole] = worlds;
          expect((await one.scope.head.read())?.root).toBe((await whole.scope.head.read())?.root);
          for (const key of keys) expect(await told(one, key)).toEqual(await told(whole, key));
        }
        const [one, whole] = worlds;
        expect(one.graph.nodes).toEqual(whole.graph.nodes);
        expect(one.graph.edges).toEqual(whole.graph.edges);
        parts += one.parts;
      },
    ),
    { numRuns: 300 },
  );
  // It must be tried, not passed by.
  expect(parts).toBeGreaterThan(100);
});
