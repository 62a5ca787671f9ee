import { mkdirSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { flowCode } from '../init/flow-code.ts';
import { completeManifest, manifestOf } from '../init/manifest.ts';
import { dataFolder, refuseExisting, scaffold, writeNew } from '../init/project.ts';
import { type Proposal, propose } from '../init/propose.ts';
import { sampleOf } from '../init/sample.ts';
import { testCode } from '../init/test-code.ts';
import { packageFolder } from '../package-folder.ts';
import { printable } from '../printable.ts';

/** `graphdrop init`: proposes a flow for files. */
export function initCommand(): Command {
  const command = newCommand('init', {
    summary: 'propose a flow for files, as a project that works',
    description: `Reads samples of files (CSV, TSV, JSON, NDJSON, Parquet, also packed), and proposes tables with their keys and types, and edges
where values of one file are keys of another. Writes a project with a flow, a test, a tsconfig and a README; overwrites nothing.`,
    examples: ['graphdrop init airports.csv routes.csv', 'graphdrop init data/*.ndjson --into graph'],
  })
    .argument('<files...>', 'files to look at')
    .option('--into <folder>', 'where the project is written', '.');
  return runs<{ readonly into: string }>(command, async ({ args: [files = []], options: { into }, out }) => {
    refuseExisting(into);
    mkdirSync(into, { recursive: true });
    const given = [files].flat();
    for (const file of given) await sampleOf(file); // all can be read, before anything is copied
    const { folder, paths, copied } = await dataFolder(given, into);
    const project = resolve(into);
    const samples = [];
    for (const path of paths) samples.push(await sampleOf(path));
    const proposal = propose(samples);
    const name =
      basename(project)
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter(part => part !== '')
        .join('-')
        .replace(/^[-0-9]+/, '') || 'graph';
    const data = relative(project, folder) || '.';
    const manifest = manifestOf(name, data, packageFolder(import.meta.dirname), into);
    const added = completeManifest(into, manifest);
    const written = writeNew(into, {
      'flow.ts': flowCode(proposal, name, folder),
      'flow.test.ts': testCode(proposal, folder),
      ...scaffold(manifest, data, markdown(proposal)),
    });
    out.result({ folder, ...described(proposal), files: written }, () => {
      tell(
        proposal,
        text => out.line(text),
        (head, rows) => out.table(head, rows),
      );
      out.line();
      if (copied)
        out.line(
          `copied to ${printable(data)}/: ${
            given
              .filter(file => dirname(resolve(file)) !== folder)
              .map(printable)
              .join(', ') || 'nothing'
          }`,
        );
      if (added !== null && added.length > 0) out.line(`added to package.json: ${added.join(', ')}`);
      for (const { path, written: isNew } of written) out.line(`${isNew ? 'wrote' : 'kept '}  ${printable(path)}`);
      const steps = [
        ...(into === '.' ? [] : [`cd ${into}`]),
        'npm install',
        `npx graphdrop dev ${data} --neo4j embedded`,
      ];
      out.line(`\nNext, and in another terminal ask it something:\n${steps.map(step => `  ${step}`).join('\n')}`);
      out.line(`  npx graphdrop query ${JSON.stringify(question(proposal))}`);
    });
    return EXIT.ok;
  });
}

function tell(
  proposal: Proposal,
  line: (text: string) => void,
  table: (head: string[], rows: (string | number)[][]) => void,
): void {
  const { nodes, links, edges } = proposal;
  const ofSample = ({ records, more }: { records: number; more: boolean }) => `${records}${more ? '+' : ''}`;
  table(
    ['file', 'records', 'becomes', 'key'],
    [
      ...nodes.map(({ sample, label, key }) => [
        basename(sample.path),
        ofSample(sample),
        `(:${label})`,
        key.join(' + ') || 'hash of the record',
      ]),
      ...edges.map(({ sample, type, from, to, fromColumn = '', toColumn, parallel }) => [
        basename(sample.path),
        ofSample(sample),
        `(:${from.label})-[:${type}]->(:${to.label})`,
        `${fromColumn} + ${toColumn}${parallel ? ', with a hash of the record' : ''}`,
      ]),
    ],
  );
  if (links.length > 0) line('');
  for (const { from, to, type, toColumn } of links) {
    line(
      `${printable(basename(from.sample.path))}: ${printable(toColumn)} is a key of ${printable(basename(to.sample.path))}: (:${from.label})-[:${type}]->(:${to.label})`,
    );
  }
}

function described({ nodes, links, edges }: Proposal): object {
  const columns = (all: Proposal['nodes'][number]['columns']) =>
    all.map(({ property, column, vector }) => ({
      property,
      from: column.name,
      type: vector === undefined ? column.kind.name : `vector of ${vector}`,
    }));
  return {
    nodes: nodes.map(one => ({ file: one.sample.path, label: one.label, key: one.key, columns: columns(one.columns) })),
    relations: [
      ...links.map(one => ({ type: one.type, from: one.from.label, to: one.to.label, column: one.toColumn })),
      ...edges.map(one => ({
        file: one.sample.path,
        type: one.type,
        from: one.from.label,
        to: one.to.label,
        columns: columns(one.columns),
      })),
    ],
  };
}

function markdown({ nodes, links, edges }: Proposal): string {
  const rows = [
    ...nodes.map(({ sample, label, key }) => [
      basename(sample.path),
      `(:${label})`,
      key.join(' + ') || 'hash of the record',
    ]),
    ...links.map(({ from, to, type, toColumn }) => [
      basename(from.sample.path),
      `(:${from.label})-[:${type}]->(:${to.label})`,
      toColumn,
    ]),
    ...edges.map(({ sample, type, from, to, fromColumn = '', toColumn }) => [
      basename(sample.path),
      `(:${from.label})-[:${type}]->(:${to.label})`,
      `${fromColumn} + ${toColumn}`,
    ]),
  ];
  const lines = rows.map(
    cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|').replace(/[\r\n]/g, ' ')).join(' | ')} |`,
  );
  return ['| file | becomes | by |', '|---|---|---|', ...lines].join('\n');
}

/** A question that the proposed graph can answer. */
function question({ nodes, links, edges }: Proposal): string {
  const [relation] = [...edges, ...links];
  if (relation !== undefined)
    return `MATCH (a:${relation.from.label})-[r:${relation.type}]->(b:${relation.to.label}) RETURN count(r) AS edges`;
  return `MATCH (n:${nodes[0]?.label}) RETURN count(n) AS nodes`;
}
