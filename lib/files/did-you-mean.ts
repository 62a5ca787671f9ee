/** Longest name that is compared. */
const MAX_CHARACTERS = 64;

/** Returns a name without what is easily written in another way: case, blanks, `_`, `-`, `.` and quotes. */
export function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.'"\uFEFF-]/g, '');
}

/** Returns that of the names which may be meant by a misspelt one: at most a third of its characters differ. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  const written = plainName(name);
  if (name.length > MAX_CHARACTERS) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of names) {
    if (candidate.length > MAX_CHARACTERS) continue;
    const plain = plainName(candidate);
    const distance = editDistance(written, plain);
    if (distance * 3 > Math.max(written.length, plain.length)) continue;
    if (best === undefined || distance < best.distance) best = { name: candidate, distance };
  }
  return best?.name;
}

/** Counts the characters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const steps = [(last[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1)];
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] && i > 1 && j > 1) steps.push((before[j - 2] ?? 0) + 1);
      next.push(Math.min(...steps));
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
}
