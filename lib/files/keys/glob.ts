import picomatch from 'picomatch';
import { DefinitionError } from '../../errors.ts';
import { compileLinear } from './linear-regexp.ts';

/**
 * Compiles a glob over object keys, in picomatch's syntax: `*` and `?` never cross `/`, `**` does; `{a,b}`, `[a-z]`,
 * `[!a]`, `@(a|b)` and `!(a)` are known; `\` escapes. The whole key is matched as it is, case and every character
 * count (a newline is a character like another; folders may start with a dot); `data/**` doesn't match `data`. No
 * wildcard matches a folder named `.` or `..`.
 *
 * @throws DefinitionError for an empty glob, one that doesn't compile, a leading `!` (name what to take instead), and what no key of an
 * object with data is like: a leading `/`, `./` or `s3://`, a trailing `/`, a name that begins with `_` or `.`.
 */
export function matchGlob(glob: string): (key: string) => boolean {
  if (typeof glob !== 'string' || glob === '')
    throw new DefinitionError('glob is empty: give one such as data/*.ndjson');
  if (/^!(?!\()/.test(glob))
    throw new DefinitionError(`glob '${glob}' starts with !: say which keys to take, not which not`);
  if (glob.startsWith('./')) throw new DefinitionError(`glob '${glob}' starts with ./: keys don't, leave it out`);
  const [scheme] = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(glob) ?? [];
  if (scheme !== undefined)
    throw new DefinitionError(
      `glob '${glob}' starts with ${scheme}: a key has no bucket in front, give it alone, such as data/*.ndjson`,
    );
  if (glob.startsWith('/')) throw new DefinitionError(`glob '${glob}' starts with /: keys don't, leave it out`);
  const hidden = hiddenPart(glob);
  if (hidden !== undefined)
    throw new DefinitionError(`glob '${glob}' matches ignored keys only: ${hidden}. Name files that hold data`);
  return compile(glob);
}

/** Says why every key that a glob matches is one of those that `isIgnoredKey` tells; undefined: not every one is. */
function hiddenPart(glob: string): string | undefined {
  const folders = glob.split('/');
  const name = folders.pop() ?? '';
  if (name === '') return 'one that ends with / is a folder';
  if (/^[_.]/.test(name)) return `${name} begins with ${name[0]}`;
  const folder = folders.find(one => /^[_.][^*?[\]{}()!+@|\\=]*$/.test(one));
  return folder && `the folder ${folder} begins with ${folder[0]}`;
}

function compile(glob: string): (key: string) => boolean {
  try {
    // Only the expression is taken: picomatch's own matcher also lets a key through that is the glob's text, and
    // JavaScript's engine takes exponentially long for some keys.
    const { source } = picomatch.makeRe(glob, {
      dot: true,
      // `[!a]` negates, as in every shell.
      posix: true,
      // Else `*` takes a trailing slash and `data/**` takes `data`.
      strictSlashes: true,
      // Unbalanced brackets and bad expressions throw; else they are matched literally or never.
      strictBrackets: true,
      debug: true,
    });
    return compileLinear(source);
  } catch (cause) {
    throw new DefinitionError(`glob '${glob}' is not valid: ${(cause as Error).message}`, { cause });
  }
}
