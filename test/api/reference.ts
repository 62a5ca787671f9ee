/**
 * The options of flows and of the construct as a document: `node test/api/reference.ts` writes docs/reference.md from doc comments.
 * test/api/reference.unit.test.ts says when it is out of date.
 */
import { writeFileSync } from 'node:fs';
import { type DocumentedType, documentedTypes } from './source-docs.ts';

export const FILE = 'docs/reference.md';

/** What the document has, in order: files, and of each the types or functions that belong there. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Flows: {
    'lib/definition/flow.ts': ['flow', 'Graph'],
    'lib/definition/context-key.ts': ['ContextKey'],
  },
  Tables: {
    'lib/definition/table-options.ts': ['TableOptions'],
    'lib/definition/node-table.ts': ['NodeTableOptions', 'NodeTable', 'RecordOptions', 'VectorIndexOptions'],
    'lib/definition/relation-table.ts': ['RelationTable'],
    'lib/definition/table-schema.ts': ['TableSchema'],
    'lib/definition/column.ts': ['ColumnDef'],
    'lib/definition/zod-column.ts': ['ColumnMeta'],
    'lib/values/types/vector.ts': ['VectorSchema'],
  },
  Sources: {
    'lib/files/keys/glob.ts': ['matchGlob'],
    'lib/definition/source-options.ts': ['SourceObject', 'FileOptions', 'SourceOptions', 'GraphSourceOptions'],
    'lib/definition/memo-options.ts': ['MemoOptions'],
    'lib/definition/fill-tables.ts': ['FillOptions'],
    'lib/files/limits.ts': ['ReadingLimits', 'DepthLimit', 'ColumnLimit'],
    'lib/files/csv/csv-options.ts': ['CsvOptions'],
    'lib/files/json/json-options.ts': ['JsonOptions', 'RecordJsonOptions'],
    'lib/files/parquet/parquet-options.ts': ['ParquetOptions'],
    'lib/files/file-format.ts': ['FileFormat', 'RangedFile', 'SourceRecord'],
  },
  'The construct': {
    'infra/graph-drop.ts': ['GraphDrop'],
    'infra/props/scope-props.ts': ['ScopeProps'],
    'infra/connection.ts': ['ContextProps'],
    'infra/props/storage-props.ts': ['StorageProps'],
    'infra/props/worker-props.ts': ['WorkerProps'],
    'infra/props/network-props.ts': ['NetworkProps'],
    'infra/props/query-props.ts': ['QueryProps'],
    'infra/props/observation-props.ts': ['ObservationProps'],
  },
};

const PREFACE = `# Reference

Every option of tables, relations, sources and the construct, from the comments of the code (written by \`npm run api-docs\`). What
the words mean and how they work together is in [flows.md](flows.md); formats are in [formats.md](formats.md), column types in
[types.md](types.md).
`;

/** Makes the document. */
export function reference(): string {
  const sections = Object.entries(SECTIONS).map(([title, files]) => {
    const types = Object.entries(files).flatMap(([path, names]) => {
      const documented = documentedTypes(path);
      return names.map(name => {
        const type = documented.get(name);
        if (type === undefined) throw new Error(`${path} has no ${name}: see to SECTIONS in test/api/reference.ts`);
        return typeText(type);
      });
    });
    return `## ${title}\n\n${types.join('\n')}`;
  });
  return `${PREFACE}\n${sections.join('\n')}`;
}

function typeText({ name, declared, doc, members }: DocumentedType): string {
  const rows = members.map(member => `| \`${cell(member.declared)}\` | ${cell(member.doc)} |\n`);
  const table = rows.length === 0 ? '' : `\n| | |\n|---|---|\n${rows.join('')}`;
  return `### ${name}\n\n\`${declared}\`\n\n${doc}\n${table}`;
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(FILE, reference());
