const MERGED = "(?:bin|sbin|lib|lib32|lib64|libx32|libo32)/";
/** The part of a path that its other name does not have, as the source of a regular expression. */
export const MERGED_PREFIX = `^/usr(?=/${MERGED})`;
const WITH_USR = new RegExp(MERGED_PREFIX);
const WITHOUT_USR = new RegExp(`^/${MERGED}`);

/**
 * A path under the names that dpkg's database may have it under where /usr is merged: the name that its package has,
 * which is with `/usr` or without it. usrmerge: https://wiki.debian.org/UsrMerge
 */
export function bothSpellings(path: string): string[] {
  if (WITH_USR.test(path)) return [path, path.replace(WITH_USR, "")];
  return WITHOUT_USR.test(path) ? [path, `/usr${path}`] : [path];
}

/** A path as a pattern of `dpkg -S` that matches nothing else (dpkg-query(1), --search). */
export function escapePattern(path: string): string {
  return path.replace(/[\\*?[]/g, "\\$&");
}

/** The path in a line of `dpkg -S`: `a, b:i386: /path`, `diversion by a from: /path`. */
export function ownedPath(line: string): string | null {
  const at = line.indexOf(": /");
  return at < 0 ? null : line.slice(at + 2);
}
