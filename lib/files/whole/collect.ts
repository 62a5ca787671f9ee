import { ContentError } from '../content-error.ts';

/** Returns all bytes in one piece. @param option that limits them, for the message */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  option: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new ContentError(`the object is longer than ${limit} bytes (${option})`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let place = 0;
  for (const chunk of chunks) {
    whole.set(chunk, place);
    place += chunk.length;
  }
  return whole;
}
