/** Promise: code, comments, messages, titles and docs use plain English, and one word for one thing (docs/glossary.md). */
import { expect, it } from 'vitest';
import { filesOf, textOf } from './tree.ts';

/** What isn't written, and what to write instead. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bwho(m|ever|soever)\b/i, 'name the person or the process'],
  [/\b(of|for|from|by|to|with|in|on|at|as|tells?|told) who\b/i, 'name the person or the process'],
  [/^\s*(\/\*\*|\/\/|\*|#+)\s*(@\w+ \w+ )?Who\b/, 'begin with a verb or a noun'],
  [/\bshall\b/i, 'say "must", "will" or the plain present'],
  [/\bwhat bec[ao]mes? of\b/i, 'say what happens to it'],
  [
    /\b(is|was|are|were|be|isn['’]t|wasn['’]t|aren['’]t|weren['’]t)( not)? to be\b/i,
    'say "must be", "will be" or "can be"',
  ],
  [/\bbesides\b/i, 'say "also", "as well as" or "apart from"'],
  [/\bnobody['’]s\b/i, 'say what it belongs to, or that nothing declares it'],
  [/\b(some|any|no)(body|one) else['’]s\b/i, 'say "foreign", or name the owner'],
  [/survivor/i, 'say "runner-up"'],
  [/guilty|\bblam(e|es|ed|ing)\b/i, 'say "poison"'],
  [/\bheal(s|ed|ing)?\b/i, 'say "tolerant" of a batch, "repair" of what a person asks verify for'],
  [
    /\bmend(s|ed|ing)?\b|\bmend[A-Z]|[a-z]Mend(s|ed)?\b/,
    'say "recover" of a worker, "repair" of a person, "correct" of a file',
  ],
  [/\bseiz(e|es|ed|ing)\b|Seiz(e|ed)/i, 'say "take over the lease"'],
  [/patiently/i, 'say "retry"'],
  [/\bextras\b|Extras\b/, 'say "undeclared"'],
  [/held[- ]?tables/i, 'say "tables in the fence"'],
  [/\broot log\b/i, 'say "retention log"'],
  [/skipped list|listSkipped/i, 'say "quarantine list"'],
  [/\badopts? (the|a) graph|adoptGraph/i, 'say "recover"; `adopt` is an option of a table'],
];

/** Name the words that others replaced; as does this file. */
const EXEMPT = new Set(['CHANGELOG.md', 'docs/glossary.md', 'test/house/words.unit.test.ts']);

it('uses no banned word', () => {
  const files = filesOf('lib', 'functions', 'infra', 'test', 'examples', '*.md', '.github').filter(
    path => /\.(ts|md|mjs|py|yml)$/.test(path) && !EXEMPT.has(path),
  );
  const found = files.flatMap(path =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => {
        const banned = BANNED.find(([pattern]) => pattern.test(line));
        return banned === undefined ? [] : [`${path}:${index + 1}: ${banned[0].exec(line)?.[0].trim()}: ${banned[1]}`];
      }),
  );
  expect(found).toEqual([]);
});
