/** Returns the first name that stands in a list a second time, and both places; undefined: none does. */
export function firstRepeated(
  names: readonly string[],
): { readonly name: string; readonly first: number; readonly index: number } | undefined {
  const places = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const first = places.get(name);
    if (first !== undefined) return { name, first, index };
    places.set(name, index);
  }
  return undefined;
}
