import type { Command } from 'commander';
import { newCommand, runs } from '../command.ts';
import type { Finding } from '../doctor/finding.ts';
import { findings } from '../doctor/findings.ts';
import { EXIT } from '../exit-codes.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { printable } from '../printable.ts';

/** `graphdrop doctor`: what is wrong with a place, and what to do about it. */
export function doctorCommand(): Command {
  const command = newCommand('doctor', {
    summary: 'look for what is wrong, and say what to do',
    description:
      'Looks at the database, the flow, the schema, tracked state and objects of a place, and says of each whether it is in order; if not, what to do.',
    examples: ['graphdrop doctor', 'graphdrop doctor --stack graphdrop'],
  });
  return runs<PlaceOptions>(placeOptions(command), async ({ options, out }) => {
    return await inPlace(options, out, async place => {
      const found: Finding[] = [];
      for await (const finding of findings(place)) {
        found.push(finding);
        const mark = finding.ok ? out.style('green', 'ok   ') : out.style('red', 'wrong');
        out.line(`${mark}  ${finding.about}: ${printable(finding.found)}`);
        if (finding.remedy !== undefined) out.line(`       ${printable(finding.remedy)}`);
      }
      if (out.json) out.result({ place: place.title, scope: place.scopeName, findings: found }, () => {});
      return found.every(({ ok }) => ok) ? EXIT.ok : EXIT.found;
    });
  });
}
