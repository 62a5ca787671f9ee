/** Characters that stand for themselves in any glob. What isn't among them ends a prefix, whatever it would mean. */
const LITERAL = /^[\p{L}\p{N}/_.=,:; -]*/u;

/** Returns what every key that a glob matches begins with. */
export function literalPrefix(glob: string): string {
  const [prefix = ''] = LITERAL.exec(glob) ?? [];
  // Of a dot in front of groups and many stars picomatch makes any character: x.!(b)*** takes xya.
  return prefix === glob ? prefix : prefix.replace(/(?<!\.)\.+$/, '');
}

/** Returns the literal prefixes of some globs, each part of the bucket in one of them only, in the order of keys. */
export function prefixesOf(globs: readonly string[]): string[] {
  const all = [...new Set(globs.map(literalPrefix))].sort();
  return all.filter(prefix => !all.some(other => other !== prefix && prefix.startsWith(other)));
}
