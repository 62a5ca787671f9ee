/** Names that editors, browsers and copying tools give to what isn't complete yet, or to copies of theirs. */
const TEMPORARY =
  /(~|\.(swp|swx|swo|tmp|temp|part|partial|crdownload|download|filepart)|(^|\/)(#[^/]*#|4913|~\$[^/]*|[^/]*___jb_(tmp|old)___))$/i;

/** Tells whether a file of a folder is a temporary one by its name: such files aren't data, whatever a source's glob says. */
export function isTemporaryFile(key: string): boolean {
  return TEMPORARY.test(key);
}
