import { RESULTS_PREFIX } from './quarantine-key.ts';

/**
 * Returns whether an object's key says that it is no data, as Hadoop's readers decide: a folder marker (`a/`, `a_$folder$`), a
 * file whose name begins with `_` or `.` (`_SUCCESS`), or one in a folder whose name does (`_temporary/`, `.hoodie/`), unless that
 * is a partition (`_day=1/`); and what graphdrop wrote itself. By the key alone, so that an event, a listing and a HEAD can't
 * come to different answers.
 */
export function isIgnoredKey(key: string): boolean {
  if (key.endsWith('_$folder$') || key.startsWith(RESULTS_PREFIX)) return true;
  const folders = key.split('/');
  const name = folders.pop() ?? '';
  return name === '' || isHidden(name) || folders.some(folder => isHidden(folder) && !/^_.*=/.test(folder));
}

function isHidden(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}
