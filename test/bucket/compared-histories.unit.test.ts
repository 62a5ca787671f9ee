/** Threat: after some versions, of which only what changed was read, graph or state are others than if all had been read whole. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TrackedWorld } from '../insight/tracked-world.ts';
import { COMPARING, comparedFlow, told } from './compared-flow.ts';

const HEADER = 'kind,id,name,to';

function csvOf(record: { readonly [field: string]: string }): string {
  const cells = HEADER.split(',').map(field => record[field] ?? '');
  return cells.map(cell => (/["\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}

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

/** The same as rows of CSV, and what only these have: cells that go on in the next line, and quotes that never end. */
const csvLine = fc.oneof(
  { weight: 30, arbitrary: usual.map(csvOf) },
  { weight: 6, arbitrary: usual.map(record => csvOf({ ...record, name: 'a "name"' })) },
  { weight: 2, arbitrary: fc.constantFrom('', '  ', 'nothing,1,,\r', HEADER, 'throws,x,,') },
  { weight: 2, arbitrary: usual.map(record => csvOf({ ...record, name: 'in\ntwo lines' })) },
  { weight: 1, arbitrary: fc.constantFrom('person,"open,x,', 'person,op"en,x,', 'person,"shut,x,"') },
);

/** What is done to the lines of a version to make the next. */
interface Change {
  readonly does: 'put in' | 'replace' | 'take away' | 'repeat' | 'cut';
  readonly at: number;
  readonly line: string;
}

const doing = (...does: readonly Change['does'][]) => fc.constantFrom(...does);

function changesOf(some: fc.Arbitrary<string>): fc.Arbitrary<readonly Change[]> {
  const does = doing('put in', 'put in', 'replace', 'replace', 'take away', 'take away', 'repeat', 'cut');
  return fc.array(fc.record({ does, at: fc.nat(), line: some }), { maxLength: 3 });
}

/** Versions of two files. */
function versionsOf(some: fc.Arbitrary<string>) {
  return fc.array(fc.tuple(changesOf(some), changesOf(some)), { minLength: 1, maxLength: 5 });
}

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

/** Forms of files: what they begin with, and how a line of START is said in them. */
const FORMS = {
  ndjson: { first: [], versions: versionsOf(line), lineOf: (text: string) => text },
  csv: { first: [HEADER], versions: versionsOf(csvLine), lineOf: (text: string) => csvOf(JSON.parse(text)) },
} as const;

it.each(['ndjson', 'csv'] as const)(
  'state, graph and statuses are the same, whichever versions there were of %s',
  async form => {
    const { first, versions: given, lineOf } = FORMS[form];
    let parts = 0;
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.constantFrom(3, 20_000),
        fc.boolean(),
        fc.constantFrom(...COMPARING),
        async (versions, maxRows, ends, by) => {
          const worlds = [new TrackedWorld(comparedFlow(), by), new TrackedWorld(comparedFlow())] as const;
          // Both have some of the rows: what wins them may be in either.
          const files = [START, OTHER].map(lines => [...first, ...lines.map(lineOf)]);
          const keys = [`a.${form}`, `b.${form}`];
          for (const version of [[[], []], ...versions] as const) {
            for (const [n, key] of keys.entries()) {
              files[n] = (version[n] as readonly Change[]).reduce(changed, files[n] ?? []);
              for (const world of worlds) world.put(key, `${files[n]?.join('\n')}${ends ? '\n' : ''}`);
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
  },
);
