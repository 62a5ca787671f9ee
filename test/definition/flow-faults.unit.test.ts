/** Promise: a source that can get no object fails the definition, with the reason and what to do. */
import { describe, expect, it } from 'vitest';
import { ContextKey, DefinitionError, flow } from '../../lib/index.ts';

function sources(...globs: readonly string[]) {
  return flow(new ContextKey('faults'), graph => {
    const table = graph.nodeTable('A');
    for (const glob of globs) graph.source(glob, { format: 'ndjson' }, row => table.declareRecord(row));
  });
}

describe('a glob that no object with data can match', () => {
  it.each([
    ['/docs/*', "glob '/docs/*' starts with /: keys don't, leave it out"],
    ['s3://bucket/docs/*', "glob 's3://bucket/docs/*' starts with s3://: a key has no bucket in front"],
    ['https://x/*', 'starts with https://'],
    ['docs/', 'one that ends with / is a folder'],
    ['docs/_*.csv', '_*.csv begins with _'],
    ['.hidden.csv', '.hidden.csv begins with .'],
    ['_temporary/**/*.csv', 'the folder _temporary begins with _'],
    ['a/.hoodie/*', 'the folder .hoodie begins with .'],
  ])('%s fails', (glob, message) => {
    expect(() => sources(glob)).toThrow(DefinitionError);
    expect(() => sources(glob)).toThrow(message);
  });

  it.each(['_day=1/*', '_d*/x', '*', '**', 'a_/*', '{_a,b}/*', 'docs/**'])('%s is none', glob => {
    expect(() => sources(glob)).not.toThrow();
  });
});

describe('a source that earlier ones hide', () => {
  it.each([
    [['**/*.csv', 'docs/*.csv'], '**/*.csv'],
    [['**', 'docs/*.csv'], '**'],
    [['docs/*', 'docs/*.csv'], 'docs/*'],
    [['docs/{a,b}*.csv', 'docs/a*.csv'], 'docs/{a,b}*.csv'],
    [['*.csv', '*.json', '*.{csv,json}'], '*.csv and *.json'],
    [['docs/*.*', 'docs/[ab].csv'], 'docs/*.*'],
  ])('%j fails, and names them', (globs, hiding) => {
    expect(() => sources(...globs)).toThrow(`gets no object: ${hiding}, declared before it`);
  });

  it.each([
    [['docs/*.csv', '**/*.csv']],
    [['**/*.ndjson', '**/*.json', 'firehose/**']],
    [['data-*.csv', '*.csv']],
    [['*[0-9]*', '*']],
    [['*a*', '*']],
    [['[a-m]*', '*']],
    [['*/*.csv', '**/*.csv']],
    [['?.csv', '*.csv']],
    [['{a,b}.csv', '{a,b,c}.csv']],
    [['k=*/**', '**']],
    [['a/*', 'a/**']],
  ])('%j is none', globs => {
    expect(() => sources(...globs)).not.toThrow();
  });
});
