/**
 * Glob patterns of paths as BuildKit sends them along with a request for files: `*` and `?` within one name, `[…]`,
 * `\` before a literal, `**` for any number of names. https://docs.docker.com/build/concepts/context/#syntax
 */
export interface PathPattern {
  /** The path itself, or a folder above it, matches. */
  covers(path: string): boolean;
  /** A path below this folder could match, so that the folder is needed on the way. */
  leadsTo(folder: string): boolean;
}

export function pathPattern(pattern: string): PathPattern {
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  const deep = parts.indexOf("**");
  const names = parts.map((part) => (part === "**" ? null : nameExpression(part)));
  return {
    covers(path) {
      const given = path.split("/");
      return given.some((_name, at) => matchNames(names, given.slice(0, at + 1)));
    },
    leadsTo(folder) {
      const given = folder.split("/");
      const fixed = deep === -1 ? names : names.slice(0, deep);
      if (given.length >= names.length && deep === -1) return false;
      return given.every((name, at) => at >= fixed.length || fixed[at]?.test(name) === true);
    },
  };
}

function matchNames(names: readonly (RegExp | null)[], given: readonly string[]): boolean {
  const [first, ...rest] = names;
  if (first === undefined) return given.length === 0;
  if (first === null) return given.some((_name, at) => matchNames(rest, given.slice(at))) || rest.length === 0;
  const name = given[0];
  return name !== undefined && first.test(name) && matchNames(rest, given.slice(1));
}

/** One name's pattern. Rules: https://pkg.go.dev/path/filepath#Match */
export function nameExpression(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    const end = char === "[" ? pattern.indexOf("]", at + 2) : -1;
    if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (end !== -1) {
      source += `[${pattern
        .slice(at + 1, end)
        .replaceAll("\\", "\\\\")
        .replaceAll("[", "\\[")}]`;
      at = end;
    } else if (char === "\\" && at + 1 < pattern.length) source += literal(pattern.charAt(++at));
    else source += literal(char);
  }
  return new RegExp(`^${source}$`, "su");
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

export function hasWildcard(name: string): boolean {
  return /[*?[\\]/.test(name);
}
