/** The oldest server that has everything the statements use. */
const OLDEST = [5, 18] as const;

/**
 * Whether a server's version, as `dbms.components()` gives it (`5.26.30`, `5.27-aura`, `2026.08.1`), is 5.18 or later. What
 * isn't a version is taken for a new one: to be refused for its name would help nobody.
 */
export function isSupported(version: string): boolean {
  const found = /^(\d+)\.(\d+)/.exec(version);
  if (found === null) return true;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
