/** Says whether a path as a whole matches. */
export type PathTest = (path: string) => boolean;

/** Characters that mean something to a regular expression and nothing to a pattern. */
const LITERAL = /[.+()|{}$]/;

/**
 * One pattern of a `.dockerignore` as a test of paths: `*` and `?` within one name, `**` for any number of names, `[…]`,
 * `\` before a literal. With its corners: `**` at the end or the beginning of an otherwise plain pattern is a prefix or a
 * suffix, whatever stands beside it (moby/patternmatcher, Pattern.compile).
 */
export function pathTest(pattern: string): PathTest {
  let kind: "exact" | "prefix" | "suffix" | "expression" = "exact";
  let source = "^";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const char = characters[at] ?? "";
    const next = characters[at + 1];
    if (char === "*" && next === "*") {
      const first = at === 0;
      at += characters[at + 2] === "/" ? 2 : 1;
      const last = at === characters.length - 1;
      source += last ? ".*" : "(.*/)?";
      kind = last && kind === "exact" ? "prefix" : "expression";
      if (first) kind = "suffix";
    } else if (char === "*" || char === "?") {
      source += char === "*" ? "[^/]*" : "[^/]";
      kind = "expression";
    } else if (char === "\\") {
      source += literal(next ?? "\\");
      kind = "expression";
      at++;
    } else if (char === "[" || char === "]") {
      source += char;
      kind = "expression";
    } else source += LITERAL.test(char) ? `\\${char}` : char;
  }
  if (kind === "exact") return (path) => path === pattern;
  if (kind === "prefix") return (path) => path.startsWith(pattern.slice(0, -2));
  if (kind === "suffix") return suffixTest(pattern.slice(2));
  const expression = new RegExp(`${source}$`);
  return (path) => expression.test(path);
}

// `**/a` is also `a` at the top.
function suffixTest(suffix: string): PathTest {
  return (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char;
}
