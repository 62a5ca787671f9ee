import { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';

/** What a command's help says. */
export interface CommandText {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More, for the command's own help. Default: the summary. */
  readonly description?: string;
  /** Whole command lines. */
  readonly examples?: readonly string[];
}

/** A command as it was called. */
export interface Invocation<Options> {
  /** Arguments that are no options, in order; one that takes several is an array. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: Options;
  readonly out: Output;
}

/** Begins a command, with the options that all have. */
export function newCommand(name: string, { summary, description = summary, examples = [] }: CommandText): Command {
  const command = new Command(name).summary(summary).description(flowing(description)).option('--json', 'print JSON');
  return examples.length === 0
    ? command
    : command.addHelpText('after', `\nExamples:\n${examples.map(line => `  ${line}`).join('\n')}`);
}

/** Says what a command does: its work returns the exit code. An error that it throws is told by main.ts. */
export function runs<Options>(command: Command, work: (call: Invocation<Options>) => Promise<ExitCode>): Command {
  return command.action(async () => {
    const options = command.opts<Options & { readonly json?: boolean }>();
    const out = new Output(options.json === true);
    process.exitCode = await work({ args: command.processedArgs, options, out });
  });
}

/** Joins the lines of each paragraph: help is wrapped to the terminal's width. */
function flowing(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, ' ');
}
