/** How a world is called: what its labels end with, which others have after it, and digits of its own. */
export function worldName(ending: string, digits: string): string {
  return `${ending}x${digits}`;
}

/** Returns what the labels of a flow end with: of a world's name its ending, of any other all of it. */
export function endingOf(name: string): string {
  return /^(t\d+w\d+[a-z])x[0-9a-f]{10}$/.exec(name)?.[1] ?? name;
}
