/** Threat: values of records leave the bucket for logs, events and statuses, which others may read, though the stack says redact. */
import { afterEach, expect, it, vi } from 'vitest';
import { Notes } from '../../lib/files/notes.ts';
import { REDACTED, redactValues } from '../../lib/files/redaction.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { readEnvironment } from '../../lib/lambda/environment.ts';
import { describeError, log } from '../../lib/lambda/log.ts';
import { synthesized, theOne } from '../infra/synth.ts';

const SECRET = 'jane@example.com';

afterEach(() => redactValues(false));

/** All that is told of a rejected file: its error and what that says for the report, the status and the event. */
function toldOfRejection(): string {
  const problems = [{ line: 2, field: 'email', problem: `got string "${SECRET}", expected a number` }];
  const {
    message,
    problems: first,
    lines,
    counts,
  } = new RejectedObjectError({ bucket: 'b', key: 'people.csv' }, problems);
  return JSON.stringify({ message, first, lines, counts });
}

function toldOfNotes(): string {
  const notes = new Notes();
  notes.add('null-word', 3, 'email', () => `got ${SECRET} and took it for a text`);
  return JSON.stringify(notes.list);
}

function logged(error: unknown): string {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  log({ level: 'warn', event: 'batch-failed', error });
  const [[line] = []] = write.mock.calls;
  write.mockRestore();
  return String(line);
}

/** As the driver makes it. */
const conflict = Object.assign(new Error(`Node(1) already exists with property \`email\` = '${SECRET}'`), {
  name: 'Neo4jError',
  code: 'Neo.ClientError.Schema.ConstraintValidationFailed',
});

it.each([
  ['a rejected file', toldOfRejection],
  ['a note', toldOfNotes],
  ['an error of the database', () => logged(describeError(conflict))],
  ['an error of the database as text', () => logged(`${conflict.name}: ${conflict.message}`)],
])('%s tells its values only where that is allowed', (_what, telling) => {
  expect(telling()).toContain(SECRET);
  redactValues(true);
  expect(telling()).not.toContain(SECRET);
  expect(telling()).toContain(REDACTED);
});

it('what is left says where to look, and other errors say what they are', () => {
  redactValues(true);
  expect(toldOfRejection()).toContain(`people.csv:2 email: ${REDACTED}`);
  expect(logged(describeError(conflict))).toContain(conflict.code);
  expect(logged(describeError(new Error('the server can’t be reached')))).toContain('can’t be reached');
});

it('is what the stack’s property says', () => {
  const variables = (redact: boolean) => {
    const sync = theOne(
      synthesized(() => ({ redact })),
      'AWS::Lambda::Function',
      'GraphDropSync',
    );
    const { Variables } = sync.Properties.Environment as { readonly Variables: Record<string, unknown> };
    const known = { GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't', GRAPHDROP_DEFINITIONS: '', GRAPHDROP_CODE: '' };
    return readEnvironment({ ...(Variables as Record<string, string>), ...known });
  };
  expect([variables(true).redact, variables(false).redact]).toEqual([true, false]);
});
