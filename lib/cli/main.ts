import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { Output } from './output.ts';
import { printable } from './printable.ts';
import { program } from './program.ts';

// node:sqlite says on each start that it is young.
process.removeAllListeners('warning');
process.on('warning', warning => {
  if (warning.name !== 'ExperimentalWarning') console.error(`${warning.name}: ${warning.message}`);
});

// A reader that has enough (`| head`) is no failure.
process.stdout.on('error', error => process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 1));

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has printed its message, or the help that was asked for.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.exitCode = EXIT.failed;
    tell(error);
  }
}

function tell(error: unknown): void {
  const { code, message, remedy } = explainError(error);
  if (process.argv.includes('--json')) {
    console.error(JSON.stringify({ error: { code, message, ...(remedy && { remedy }) } }));
    return;
  }
  const out = new Output(false, { out: process.stderr, err: process.stderr });
  out.line(`${out.style('red', 'error')} ${message}`);
  if (remedy !== undefined) out.line(`      ${remedy}`);
  if (process.env.GRAPHDROP_DEBUG && error instanceof Error)
    out.line(error.stack?.split('\n').map(printable).join('\n'));
}
