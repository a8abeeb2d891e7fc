const MERGED = "(?:bin|sbin|lib|lib32|lib64|libx32|libo32)/";

/**
 * A path under the names that dpkg's database may have it under where /usr is merged: the name that its package has,
 * which is with `/usr` or without it. usrmerge: https://wiki.debian.org/UsrMerge
 */
export function bothSpellings(path: string): string[] {
  if (new RegExp(`^/usr/${MERGED}`).test(path)) return [path, path.slice("/usr".length)];
  if (new RegExp(`^/${MERGED}`).test(path)) return [path, `/usr${path}`];
  return [path];
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
