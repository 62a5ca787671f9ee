import type { Place } from './place.ts';

/**
 * Lists the keys that begin with a prefix: those of present objects, and those that tracked state knows of, which may be gone.
 * Hidden keys are left out, as the store does.
 */
export async function keysBelow({ objects, state }: Place, prefix: string): Promise<string[]> {
  const keys = new Set<string>();
  // The key before all that begin with the prefix: the prefix without its last character, or one that comes after that.
  for (let after: string | null = [...prefix].slice(0, -1).join(''); after !== null; ) {
    const page = await objects.list(after, 1_000);
    for (const { key } of page.objects) if (key.startsWith(prefix)) keys.add(key);
    const isPast =
      page.next !== null &&
      !page.next.startsWith(prefix) &&
      Buffer.compare(Buffer.from(page.next), Buffer.from(prefix)) > 0;
    after = isPast ? null : page.next;
  }
  for await (const { key, state: standing } of state.status.list()) {
    if (standing !== 'deleted' && key.startsWith(prefix)) keys.add(key);
  }
  return [...keys];
}
