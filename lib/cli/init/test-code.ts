import { objectKey } from './flow-code.ts';
import type { Proposal } from './propose.ts';
import { type Sample, textOf } from './sample.ts';

/** Writes a test of the proposed flow, for Node's own runner: the first record of each file, and what it declares. */
export function testCode(proposal: Proposal, folder: string): string {
  const cases = [
    ...proposal.nodes.map(({ sample, label, key }) => {
      const declares = `file.nodes.some(node => node.label === '${label}')`;
      const [only] = key;
      const value = only === undefined || key.length > 1 ? undefined : sample.first[only];
      const isText = typeof value === 'string' && !isNumber(sample, only ?? '');
      const keyed = isText ? `  assertNode(file, '${label}', ${JSON.stringify(value)});` : `  assert.ok(${declares});`;
      return { sample, title: `declares a node (:${label})`, body: keyed };
    }),
    ...proposal.edges.map(({ sample, type }) => ({
      sample,
      title: `declares an edge [:${type}]`,
      body: `  assert.equal(file.relations[0]?.type, '${type}');`,
    })),
  ];
  const tests = cases.map(({ sample, title, body }) => {
    const key = objectKey(sample, folder);
    return `test(${JSON.stringify(`a record of ${key} ${title}`)}, async () => {
  const file = await declareFile(flow, ${JSON.stringify(key)}, ${contentOf(sample)});
  assertAccepted(file);
${body}
});
`;
  });
  const reads = tests.some(test => test.includes('readFileSync('));
  const nodes = tests.some(test => test.includes('assertNode('));
  return `import assert from 'node:assert';
${reads ? "import { readFileSync } from 'node:fs';\n" : ''}import { test } from 'node:test';
import { assertAccepted, ${nodes ? 'assertNode, ' : ''}declareFile } from 'graphdrop/testing';
import flow from './flow.ts';

${tests.join('\n')}`;
}

function isNumber({ columns }: Sample, name: string): boolean {
  return columns.find(column => column.name === name)?.kind.name !== 'string';
}

/** The first record as the content of a file, as code. */
function contentOf({ path, first, within, options }: Sample): string {
  const lines = /\.(csv|tsv)$/i.test(path)
    ? csvLines(first, options.delimiter ?? (/\.tsv$/i.test(path) ? '\t' : ','))
    : /\.(ndjson|jsonl|json)$/i.test(path)
      ? [json(within === undefined ? first : { [within.field]: [first] })]
      : null;
  // Packed files, Parquet and other encodings: as they are.
  if (lines === null || options.encoding !== undefined) return `readFileSync(${JSON.stringify(path)})`;
  return JSON.stringify(`${lines.join('\n')}\n`);
}

function csvLines(record: Sample['first'], delimiter: string): string[] {
  const cell = (text: string) =>
    /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  const row = (cells: readonly string[]) => cells.map(cell).join(delimiter);
  return [row(Object.keys(record)), row(Object.values(record).map(textOf))];
}

function json(record: Sample['first']): string {
  return JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
}
