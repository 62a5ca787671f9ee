/**
 * The help of the command line as a document: `node test/cli/reference.ts` writes docs/cli.md. test/cli/reference.unit.test.ts says
 * whether that is current.
 */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { program } from '../../lib/cli/program.ts';

const FILE = 'docs/cli.md';

const INTRODUCTION = `# The command line

\`npx graphdrop\` works on a **deployed stack**, found by its name through its outputs (\`--stack NAME\`, with AWS's own settings of
region and profile), or on the **folder** that \`graphdrop dev\` was last started with in this directory: its workspace \`.graphdrop/\` has
the settings, the tracked state in one SQLite file, and the embedded server's data. Deleting the workspace forgets the state; the
graph stays with its database.

A folder's files are objects without versions ([SPEC.md](../SPEC.md), "Not promised"): while a file is rejected, the graph keeps the rows of
its last good version; if those were of a shared row whose other file goes, the row keeps the values that it had. Hidden files,
temporary files of editors and links that lead out of the folder aren't read.

Results go to standard output, notes and errors to standard error. With \`--json\` results are JSON, of \`dev\`, \`sync\` and \`retry\` a line an
event. Passwords are read from the environment only.

| what a command needs of AWS | permissions |
|---|---|
| all with \`--stack\` | \`cloudformation:DescribeStacks\`, \`dynamodb:Query\`, \`GetItem\` and \`BatchGetItem\` of the state table, \`s3:ListBucket\` |
| \`sync\`, \`verify\`, \`retry\` | \`lambda:InvokeFunction\` of the sync or verify function; \`retry\` also \`sqs:GetQueueAttributes\` of the queue, \`sqs:ReceiveMessage\` and \`DeleteMessage\` of that of dead letters, \`sqs:SendMessage\` of the queue |
| \`query\`, \`plan\`, \`doctor\`, and what reads rows | \`secretsmanager:GetSecretValue\`, \`s3:GetObject\` and \`GetObjectVersion\`, and a way to the database |
| \`doctor\` | also \`cloudformation:ListStackResources\`, \`cloudwatch:DescribeAlarms\`, \`sqs:GetQueueAttributes\` and \`lambda:InvokeFunction\` of the status function |

Below is what \`graphdrop help\` says (written by \`npm run cli-docs\`).
`;

/** Writes the document of the command line. */
export function reference(): string {
  const root = program();
  const sections = [root, ...root.commands].map(command => {
    const title = command === root ? 'graphdrop' : `graphdrop ${command.name()}`;
    return `## ${title}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}

/** The whole help of a command as it is printed, at a fixed width. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: part => (text += part),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim().replace(/[ \t]+$/gm, '');
}

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, reference());
