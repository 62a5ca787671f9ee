/** Zero bits for each level above the first: nodes above the leaves hold 16 entries on average, so a path to the root is a few KB. */
const BITS_OF_LEVEL = 4;

/**
 * Returns up to which level a key ends the nodes of a tree. It follows from a hash, so that nobody finds keys of high levels, or
 * only such, faster than by trying.
 *
 * @param bits 32 of a hash @param leaf zero bits for the first level: 6 make leaves of 64 entries on average
 */
export function levelOf(bits: number, leaf: number): number {
  const zeros = Math.clz32(bits);
  return zeros < leaf ? 0 : 1 + Math.floor((zeros - leaf) / BITS_OF_LEVEL);
}
