/** One step of a compiled pattern. */
export type Step = { readonly kind: "star" } | { readonly kind: "one"; readonly matches: (char: string) => boolean };

/**
 * Whether a path matches a pattern by the rules of Go's `filepath.Match`: `*` and `?` do not match `/`, `[a-z]` and
 * `[^a-z]` are classes, `\` takes the next character as it is. A malformed pattern matches nothing.
 */
export function goMatch(pattern: string, path: string): boolean {
  const steps = compileGo(pattern);
  return steps !== null && matches(steps, [...path], (char) => char !== "/");
}

/** Whether `filepath.Match` takes a pattern: its brackets are closed, and no escape is at its end. */
export function isGoPattern(pattern: string): boolean {
  return compileGo(pattern) !== null;
}

/** Whether a COPY source holds wildcards (solver/llbsolver/file and fsutil, containsWildcards). */
export function hasWildcards(pattern: string): boolean {
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === "\\") at += 1;
    else if (char === "*" || char === "?" || char === "[") return true;
  }
  return false;
}

/** A path as a pattern that matches it alone. */
export function literalPattern(path: string): string {
  return path.replace(/[\\*?[]/g, "\\$&");
}

/** Takes the escapes of filepath.Match out of a pattern without wildcards. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/gsu, "$1");
}

function compileGo(pattern: string): Step[] | null {
  const steps: Step[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at];
    if (char === "*") {
      if (steps.at(-1)?.kind !== "star") steps.push({ kind: "star" });
    } else if (char === "?") {
      steps.push({ kind: "one", matches: (other) => other !== "/" });
    } else if (char === "[") {
      const group = compileClass(chars, at + 1);
      if (group === null) return null;
      steps.push(group.step);
      at = group.end;
    } else {
      const literal = char === "\\" ? chars[++at] : char;
      if (literal === undefined) return null;
      steps.push({ kind: "one", matches: (other) => other === literal });
    }
  }
  return steps;
}

function compileClass(chars: readonly string[], start: number): { step: Step; end: number } | null {
  const negated = chars[start] === "^";
  let at = negated ? start + 1 : start;
  const ranges: [string, string][] = [];
  while (chars[at] !== "]" || ranges.length === 0) {
    const low = classChar(chars, at);
    if (low === null) return null;
    const high = chars[low.next] === "-" ? classChar(chars, low.next + 1) : low;
    if (high === null) return null;
    ranges.push([low.char, high.char]);
    at = high.next;
  }
  const inRanges = (char: string) => ranges.some(([low, high]) => char >= low && char <= high);
  return { step: { kind: "one", matches: (char) => char !== "/" && inRanges(char) !== negated }, end: at };
}

/** One end of a range in a class: `-` and `]` have to be escaped (path/filepath, getEsc). */
function classChar(chars: readonly string[], at: number): { char: string; next: number } | null {
  const escaped = chars[at] === "\\";
  const char = chars[escaped ? at + 1 : at];
  if (char === undefined || (!escaped && (char === "-" || char === "]"))) return null;
  return { char, next: at + (escaped ? 2 : 1) };
}

/** Matches with at most one stretch to go back to, so that no pattern takes more than length × length steps. */
function matches(steps: readonly Step[], chars: readonly string[], starMay: (char: string) => boolean): boolean {
  let step = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < chars.length) {
    const current = steps[step];
    const char = chars[at] ?? "";
    if (current?.kind === "star") {
      star = step;
      starAt = at;
      step += 1;
    } else if (current?.matches(char) === true) {
      step += 1;
      at += 1;
    } else if (star !== -1 && starMay(chars[starAt] ?? "")) {
      starAt += 1;
      at = starAt;
      step = star + 1;
    } else return false;
  }
  while (steps[step]?.kind === "star") step += 1;
  return step === steps.length;
}

/** A pattern of `${X#…}`, `${X%…}` and `${X/…/…}`: `*`, `?` and backslash escapes, no classes. Null: malformed. */
export function compileShellPattern(pattern: string): Step[] | null {
  const steps: Step[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at += 1) {
    let char = chars[at];
    if (char === "*") {
      if (steps.at(-1)?.kind !== "star") steps.push({ kind: "star" });
      continue;
    }
    if (char === "?") {
      steps.push({ kind: "one", matches: () => true });
      continue;
    }
    if (char === "\\") {
      char = chars[++at];
      if (char === undefined || !["*", "?", "\\", "}", "/"].includes(char)) return null;
    }
    const literal = char;
    steps.push({ kind: "one", matches: (other) => other === literal });
  }
  return steps;
}

/** Whether a shell pattern matches a whole text. */
export function shellMatches(steps: readonly Step[], chars: readonly string[]): boolean {
  return matches(steps, chars, () => true);
}
