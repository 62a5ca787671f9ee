/** Reads all hostile files one after another, and prints how many were refused and the most memory that was taken. */

import { readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { chunked, outcome } from './chunked.ts';
import { hostileFiles } from './hostile-files.ts';

let refused = 0;
for (const { body, options, problem: _, ...object } of Object.values(hostileFiles)) {
  const content = body();
  const bytes = content instanceof Uint8Array ? chunked(content) : content;
  const { error } = await outcome(readRecords({ ...object, body: bytes }, options));
  if (error instanceof RejectedObjectError) refused += 1;
}
console.log(JSON.stringify({ refused, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
