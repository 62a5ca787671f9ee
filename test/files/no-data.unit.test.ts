/** Threat: what was saved in the place of a file, or damaged by a spreadsheet, is taken for data. */
import { expect, it } from 'vitest';
import { readRecords } from '../../lib/files/read-records.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { declareFile } from '../../lib/testing/declare-file.ts';
import { byteByByte, outcome } from './chunked.ts';

const things = flow(new ContextKey('things'), graph => {
  const thing = graph.nodeTable('Thing');
  graph.source('text/*', { format: 'text' }, ({ text }) => thing.declareRecord({ id: text }));
  graph.source('*', {}, record => thing.declareRecord(record as { id: string }));
});

const PAGE = '\n <!DOCTYPE html>\n<html><body>Access denied</body></html>\n';

it.each([
  ['a.csv', PAGE, 'is a web page'],
  ['a.ndjson', PAGE, 'is a web page'],
  ['a.json', '<html lang="en"></html>', 'is a web page'],
  ['a.tsv', '\ufeff<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', 'is XML'],
  ['a.csv', 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n', 'is a pointer of Git LFS'],
  ['a.csv', Buffer.from('BZh91AY&SY\xff\xff', 'latin1'), 'is compressed by bzip2: unpack it'],
  ['a.json', Buffer.from('\xfd7zXZ\0\0', 'latin1'), 'is compressed by xz'],
  ['a.ndjson', Buffer.from('\xff\x06\0\0sNaPpY', 'latin1'), 'is compressed by Snappy'],
  ['a.csv', Buffer.from('\xd0\xcf\x11\xe0\xa1', 'latin1'), 'is a file of an old Office'],
  ['a.csv', 'PAR1\x15\x04', "is Parquet: set the source's format: 'parquet'"],
  ['a.ndjson', 'Obj\x01\x04', 'is no text: export it in a format that graphdrop reads (it is Avro)'],
  ['a.csv', 'a.csv\0\0\0,\n', 'if it is an archive of tar, unpack it'],
  ['a.ndjson', Buffer.from('{"id":1}\n', 'utf16le'), 'is UTF-16: save it as UTF-8'],
  ['a.ndjson', '[\n{"id":1}\n]\n', "it is no NDJSON: format: 'json' reads such files"],
  ['a.ndjson', '{\n"id":1\n}\n', "it is no NDJSON: format: 'json' reads such files"],
  ['a.csv', '\ufeff\ufeffid,name\n1,a\n', 'a.csv:1 the header begins with a second byte order mark'],
  [
    'a.csv',
    'sep=;\nid;name\n1;a\n',
    "a.csv:1 the first line tells Excel the delimiter: set the source's skipRows: 1, and its delimiter: ';'",
  ],
  ['a.ndjson', '{"id":1}\n\ufeff{"id":2}\n', 'it begins with a byte order mark: were files joined?'],
  ['a.ndjson', '{"id":1,"far":-1e400}\n', 'a number is beyond the largest that a FLOAT holds'],
  ['a.json', '[{"id":1,"in":[{"list":[1e999]}]}]', 'a number is beyond the largest that a FLOAT holds'],
  [
    'a.csv',
    'id,name\n1.23E+12,Ann\n1.24E+12,Bo\n',
    'a.csv:2 Thing.id: got string "1.23E+12", expected all digits of the key',
  ],
])('%s with %j is refused', async (key, content, words) => {
  const { rejected } = await declareFile(things, key, content);
  expect(rejected?.join('\n')).toContain(words);
});

it('a page is told by its beginning however its bytes come', async () => {
  const { error } = await outcome(readRecords({ key: 'a.csv', body: byteByByte(`\ufeff${PAGE}`) }));
  expect(String(error)).toContain('is a web page');
});

it.each([
  ['text/a.html', PAGE, PAGE],
  ['a.csv', 'id,<html>\nx,1\n', 'x'],
  ['a.csv', '<id>,id\nx,y\n', 'y'],
  ['a.csv', 'PAR1,id\nx,p\n', 'p'],
  ['a.csv', 'Object,id\nx,o\n', 'o'],
  ['a.csv', 'version,id\nhttps://git-lfs,z\n', 'z'],
  ['a.ndjson', '{"id":"1.5E+9"}\n{"id":"E+12"}\n', '1.5E+9'],
])('%s with %j is data', async (key, content, id) => {
  const { rejected, nodes } = await declareFile(things, key, content);
  expect([rejected, nodes[0]?.key]).toEqual([null, id]);
});

it('what looks like values of another kind is noted', async () => {
  const notesOf = async (key: string, content: string) => (await declareFile(things, key, content)).notes;
  const extended = expect.stringContaining("set the source's extendedJson");
  const values = '{"id":1,"at":{"$date":"2026-01-31T12:00:00Z"}}\n{"id":2,"$price":3,"text":"{ $oid }"}\n';
  expect(await notesOf('a.ndjson', values)).toEqual([extended]);
  expect(await notesOf('a.json', values)).toEqual([extended]);
  expect(await notesOf('a.csv', 'id,v\n1,#REF!\n2,#DIV/0!\n3,#reference\n')).toEqual([
    'a.csv:2 v: got #REF! and took it for a text: nullValues makes such cells absent',
    'a.csv:3 v: got #DIV/0! and took it for a text: nullValues makes such cells absent',
  ]);
  const swallowed = 'id\tv\n1\t"a\n2\tb"\n3\t"c\nd"\n4\t"e\tf\ng"\n';
  expect(await notesOf('a.tsv', swallowed)).toEqual([
    expect.stringMatching(/^a\.tsv:2 v: has a tab after a line end between quotes, as if it had swallowed rows/),
  ]);
  expect(await notesOf('a.csv', 'id,v\n1, \n2, x\n')).toEqual([
    'a.csv:2 v: got blanks and took them for a text: trim: true makes such cells absent',
  ]);
  expect(await notesOf('a.csv', 'id\n"=""007"""\n')).toEqual([
    expect.stringContaining('is a formula of a spreadsheet'),
  ]);
});

it.each([
  ['10', 'is a number, but compared as a text'],
  ['31/01/2026', 'is a date of another order'],
  ['2026-01-31T00:30:00+02:00', 'is a time with an offset'],
  ['2026-01-31T00:30:00Z', null],
  ['2026-01-31', null],
  ['v10', null],
])('the version %s is noted where its order as a text is another', async (version, words) => {
  const versions = flow(new ContextKey('versions'), graph => {
    const thing = graph.nodeTable<{ id: string; v: string | undefined }>('Thing', { versionBy: 'v' });
    graph.source('*', { format: 'csv' }, ({ id = '', v, gone }) =>
      gone ? thing.declareAbsent({ id, v }) : thing.declareRecord({ id, v }),
    );
  });
  const note = expect.stringMatching(`^a.csv:2 Thing.v: version "${version.replace('+', '.')}" ${words}`);
  for (const gone of ['', 'yes']) {
    const { notes } = await declareFile(versions, 'a.csv', `id,v,gone\na,${version},${gone}\n`);
    expect(notes).toEqual(words === null ? [] : [note]);
  }
});
