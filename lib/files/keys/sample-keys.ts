import { isIgnoredKey } from './ignored-key.ts';

/** What may stand for `*`, and for `**` in front of a name: nothing, digits, letters, blanks, a partition. */
const NAMES = ['', 'qx', '7', 'Z-9.k', 'é b', 'a'];
const FOLDERS = ['', 'qx/', '7/Z-9.k/', 'k=1/', 'é b/a/'];

/** Keys of one glob, at most: those of a long list of alternatives are not all needed. */
const MAX_KEYS = 500;

/**
 * Makes keys that a glob matches, as unlike each other as it allows: where another glob matches all of them, it takes what this one would.
 *
 * @param matches whether the glob matches a key: classes and rarer signs are guessed
 */
export function sampleKeys(glob: string, matches: (key: string) => boolean): string[] {
  const keys = new Set<string>();
  for (const plain of alternatives(glob)) {
    for (const [index, name] of NAMES.entries()) {
      const folder = FOLDERS[index % FOLDERS.length] as string;
      for (const one of ['a', 'Z', '0']) {
        const key = plain
          .replace(/\*\*\//g, folder)
          .replace(/\*\*/g, `${folder}${name || 'n'}`)
          .replace(/\*/g, name)
          .replace(/\[[^[\]]*\]|\?/g, one);
        if (keys.size < MAX_KEYS && matches(key) && !isIgnoredKey(key)) keys.add(key);
      }
    }
  }
  return [...keys];
}

/** Writes out the alternatives of braces that hold no others. */
function alternatives(glob: string): string[] {
  let globs = [glob];
  for (let round = 0; round < 5 && globs.length < MAX_KEYS; round += 1) {
    globs = globs.flatMap(one => {
      const [all, choices = ''] = /\{([^{}]*)\}/.exec(one) ?? [];
      return all === undefined ? [one] : choices.split(',').map(choice => one.replace(all, () => choice));
    });
  }
  return globs;
}
