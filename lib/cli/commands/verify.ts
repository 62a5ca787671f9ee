import type { Command } from 'commander';
import { patternOfId } from '../../definition/definition.ts';
import type { VerifyAnswer } from '../../lambda/verify-request.ts';
import type { RowSample, VerifyReport } from '../../verify/report.ts';
import { type Verification, verify } from '../../verify/verify.ts';
import { newCommand, runs } from '../command.ts';
import { followObjects } from '../dev/follow.ts';
import { tellObject } from '../dev/object-line.ts';
import { EXIT } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { invoke } from '../place/invoke.ts';
import { inPlace } from '../place/open-place.ts';
import { type Place, type PlaceOptions, placeOptions } from '../place/place.ts';
import { isStack, type StackPlace } from '../place/stack-place.ts';
import { printable } from '../printable.ts';

interface VerifyOptions extends PlaceOptions {
  readonly repair?: boolean;
}

/** `graphdrop verify`: compares graph, state and files. */
export function verifyCommand(): Command {
  const command = newCommand('verify', {
    summary: 'compare the graph with the files, and repair it',
    description: `Compares each row of the graph with tracked state, and tracked state with the files: finds what people changed by hand, and
what was lost. Ends with ${EXIT.found} if anything differs. docs/verify.md says what is looked at.`,
    examples: ['graphdrop verify', 'graphdrop verify --repair --stack graphdrop'],
  }).option('--repair', 'put right what differs');
  return runs<VerifyOptions>(placeOptions(command), async ({ options, out }) => {
    return await inPlace(options, out, async place => {
      const repair = options.repair === true;
      const found = isStack(place) ? await verifyStack(place, repair, out) : await verifyFolder(place, repair, out);
      out.result(found, () => tell(found, repair, out));
      return found.clean || (repair && !isStack(place)) ? EXIT.ok : EXIT.found;
    });
  });
}

async function verifyFolder(place: Place, repair: boolean, out: Output): Promise<Verification> {
  const scope = await place.scope();
  const keys: string[] = [];
  const queue = async (more: readonly string[]) => void keys.push(...more);
  const found = await verify(scope, repair ? { repair: { queue } } : {});
  if (keys.length > 0) await followObjects(scope, keys, status => (out.json ? undefined : tellObject(out, status)));
  return found;
}

async function verifyStack({ outputs, context }: StackPlace, repair: boolean, out: Output): Promise<Verification> {
  let answer = await invoke<VerifyAnswer>(outputs.verifyFunction, { context, repair });
  while (answer.next !== null) {
    out.note(`verified so far: ${JSON.stringify(answer.next)}`);
    answer = await invoke<VerifyAnswer>(outputs.verifyFunction, answer);
  }
  return answer;
}

const KINDS = ['missing', 'altered', 'misplaced', 'undeclared', 'stubs', 'undecided', 'ambiguous'] as const;
const OBJECT_KINDS = ['unseen', 'gone', 'stale', 'halfSliced', 'rejected', 'inWork'] as const;

function tell({ clean, report }: Verification, repaired: boolean, out: Output): void {
  const rows = rowsOf(report);
  out.table(['table', 'what', 'rows', 'for example'], rows);
  if (rows.length > 0) out.line();
  out.line(
    clean
      ? 'nothing differs'
      : repaired
        ? 'what differed was repaired'
        : 'the graph differs: verify --repair puts it right',
  );
}

function rowsOf({ tables, objects }: VerifyReport): (string | number)[][] {
  return [
    ...Object.entries(tables).flatMap(([table, report]) =>
      KINDS.filter(kind => report[kind].count > 0).map(kind => {
        const { count, first } = report[kind];
        return [patternOfId(table), kind, count, first.slice(0, 3).map(keyOf).join(', ')];
      }),
    ),
    ...OBJECT_KINDS.filter(kind => objects[kind].count > 0).map(kind => {
      const { count, first } = objects[kind];
      return [
        'files',
        kind,
        count,
        first
          .slice(0, 3)
          .map(({ key }) => printable(key))
          .join(', '),
      ];
    }),
  ];
}

/** Returns the key of a row, or those that an edge joins, without the letters of their types. */
function keyOf({ key, from, to }: RowSample): string {
  return from === undefined || to === undefined ? key.slice(1) : `${from.slice(1)} → ${to.slice(1)}`;
}
