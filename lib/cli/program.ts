import { Command } from 'commander';
import { devCommand } from './commands/dev.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { initCommand } from './commands/init.ts';
import { pageCommand } from './commands/page.ts';
import { planCommand } from './commands/plan.ts';
import { queryCommand } from './commands/query.ts';
import { retryCommand } from './commands/retry.ts';
import { statusCommand } from './commands/status.ts';
import { syncCommand } from './commands/sync.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT } from './exit-codes.ts';
import { packageVersion } from './package-folder.ts';

/** The commands, in the order of the help. A new one is a file in commands/ and its line here. */
const COMMANDS: readonly (() => Command)[] = [
  initCommand,
  devCommand,
  planCommand,
  statusCommand,
  explainCommand,
  diffCommand,
  queryCommand,
  pageCommand,
  syncCommand,
  verifyCommand,
  retryCommand,
  doctorCommand,
];

/** Makes the command line `graphdrop`. */
export function program(): Command {
  const root = new Command('graphdrop')
    .description('Keeps a Neo4j graph equal to the files of a folder, or of a bucket by a deployed stack.')
    .version(packageVersion())
    .configureHelp({ sortSubcommands: false })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Where commands work: on the stack that --stack names, else on the folder that 'graphdrop dev' was last started with here.
Exit codes: ${EXIT.ok} done, ${EXIT.failed} failed, ${EXIT.found} done with something to see to, ${EXIT.usage} wrong command line.
Environment: NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD, NEO4J_DATABASE; AWS_REGION, AWS_PROFILE; NO_COLOR.`,
    );
  for (const command of COMMANDS) root.addCommand(command());
  for (const command of [root, ...root.commands]) command.exitOverride();
  return root;
}
