import picomatch from 'picomatch';
import { DefinitionError } from '../graph/errors.ts';
import { RESULTS_PREFIX } from '../graph/results.ts';

/**
 * Whether an object is none of anybody's data by its name alone: a folder marker (the key ends with `/`, as consoles
 * and file-system layers make them), or a last segment that starts with `_` or `.` (`_SUCCESS`, `_temporary`,
 * `.DS_Store`: the rule of Hadoop's FileInputFormat), or that graphdrop wrote itself. By name alone, so that an event, a listing and a HEAD can't
 * come to different answers.
 */
export function isIgnoredKey(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return name === '' || name.startsWith('_') || name.startsWith('.') || key.startsWith(RESULTS_PREFIX);
}

/**
 * Compiles a glob over object keys, in picomatch's syntax: `*` and `?` never cross `/`, `**` does; `{a,b}`, `[a-z]`,
 * `[!a]`, `@(a|b)` and `!(a)` are known; `\` escapes. The whole key is matched as it is, case and every character
 * count (a newline is a character like another; folders may start with a dot); `data/**` doesn't match `data`. No
 * wildcard matches a folder named `.` or `..`.
 *
 * @throws DefinitionError for an empty glob, one that doesn't compile, a leading `!` (name what to take instead) and a
 * leading `./` (keys don't start so).
 */
export function matchGlob(glob: string): (key: string) => boolean {
  if (typeof glob !== 'string' || glob === '')
    throw new DefinitionError('glob is empty: give one such as data/*.ndjson');
  if (/^!(?!\()/.test(glob))
    throw new DefinitionError(`glob '${glob}' starts with !: say which keys to take, not which not`);
  if (glob.startsWith('./')) throw new DefinitionError(`glob '${glob}' starts with ./: keys don't, leave it out`);
  const pattern = compile(glob);
  return key => pattern.test(key);
}

function compile(glob: string): RegExp {
  try {
    // Only the expression is taken: picomatch's own matcher also lets a key through that is the glob's text.
    return picomatch.makeRe(glob, {
      dot: true,
      // `[!a]` negates, as in every shell.
      posix: true,
      // Else `*` takes a trailing slash and `data/**` takes `data`.
      strictSlashes: true,
      // `.` in the expression of `**` means any character, a newline too.
      flags: 's',
      // Unbalanced brackets and bad expressions throw; else they are matched literally or never.
      strictBrackets: true,
      debug: true,
    });
  } catch (cause) {
    throw new DefinitionError(`glob '${glob}' is not valid: ${(cause as Error).message}`, { cause });
  }
}

/**
 * A key as direct S3 notifications and listings with `EncodingType: 'url'` give it, as `application/x-www-form-urlencoded`: `+`
 * is a space, the rest is percent-encoded UTF-8. @throws URIError
 */
export function decodeName(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** A key of a listing that was asked for with `EncodingType: 'url'`. Not every store that speaks S3 encodes all of them. */
export function listedName(name: string, { EncodingType }: { readonly EncodingType?: string | undefined }): string {
  return EncodingType === 'url' ? decodeName(name) : name;
}
