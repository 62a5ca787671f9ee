/** Promise: each key is asked for once, in messages that SQS takes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseMessageBody } from '../../lib/lambda/s3-event.ts';
import { bodiesOf } from '../../lib/lambda/sync-queue.ts';

/** SQS takes 10 messages and 256 KB a call. */
const MAX_CALL_BYTES = 256 * 1024;

it('every key is asked for once, in messages of which ten fit one call', () => {
  const key = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
    fc.constantFrom('\u0001'.repeat(1024), 'x'.repeat(1024)),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 400 }), keys => {
      const bodies = [...bodiesOf('bucket', keys)];
      const asked = bodies.map(body => parseMessageBody(body));
      expect(asked.flatMap(request => (request.kind === 'objects' ? request.objects : []))).toEqual(
        keys.map(name => ({ bucket: 'bucket', key: name })),
      );
      for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(MAX_CALL_BYTES / 10);
    }),
  );
});
