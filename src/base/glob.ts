/** Whether a pattern of glob(7) has anything that does not stand for itself. */
export function isGlob(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

/**
 * Whether a name matches a pattern of glob(7): `*`, `?`, `[a-z]`, `[!a-z]`, `[[:digit:]]`, and `\` before a character
 * that stands for itself. A `[` without its `]` stands for itself. A leading dot is nothing special here.
 *
 * Both the pattern and the name can be hostile. Only the last `*` is ever tried again, so the time is at most the
 * product of both lengths: no regular expression, which could take exponential time.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  let star: { readonly next: number; from: number } | null = null;
  while (from < name.length) {
    if (pattern[at] === "*") {
      at += 1;
      star = { next: at, from };
      continue;
    }
    const next = nextOf(pattern, at, name.charCodeAt(from));
    if (next !== null) {
      at = next;
      from += 1;
    } else if (star !== null) {
      star.from += 1;
      at = star.next;
      from = star.from;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/** Where the pattern goes on after the part at `at` has matched one character; null where it does not match it. */
function nextOf(pattern: string, at: number, char: number): number | null {
  const own = pattern[at];
  if (own === undefined) return null;
  if (own === "?") return at + 1;
  const end = own === "[" ? endOfSet(pattern, at) : -1;
  if (end > 0) return isInSet(pattern.slice(at + 1, end), char) ? end + 1 : null;
  const literal = own === "\\" && at + 1 < pattern.length ? at + 1 : at;
  return pattern.charCodeAt(literal) === char ? literal + 1 : null;
}

/** The index of the `]` that ends a set: not one that comes first, and not that of a `[:class:]`; -1 for none. */
function endOfSet(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === "!" || pattern[at] === "^") at += 1;
  if (pattern[at] === "]") at += 1;
  for (; at < pattern.length; at += 1) {
    if (pattern[at] === "]") return at;
    if (pattern[at] === "\\") at += 1;
    else if (pattern.startsWith("[:", at)) {
      const close = pattern.indexOf(":]", at + 2);
      if (close > 0) at = close + 1;
    }
  }
  return -1;
}

/** The classes of POSIX in the C locale. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class of control characters
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** Whether a character is in the set whose text lies between the brackets. */
function isInSet(set: string, char: number): boolean {
  const negated = set[0] === "!" || set[0] === "^";
  for (let at = negated ? 1 : 0; at < set.length; ) {
    const named = /^\[:([a-z]+):\]/.exec(set.slice(at, at + 12));
    if (named !== null) {
      if (CLASSES[named[1] ?? ""]?.test(String.fromCharCode(char)) === true) return !negated;
      at += named[0].length;
      continue;
    }
    const low = endOfRange(set, at);
    const high = set[low + 1] === "-" && low + 2 < set.length ? endOfRange(set, low + 2) : low;
    if (char >= set.charCodeAt(low) && char <= set.charCodeAt(high)) return !negated;
    at = high + 1;
  }
  return negated;
}

/** The index of a character of a set, behind its `\` where it has one. */
function endOfRange(set: string, at: number): number {
  return set[at] === "\\" && at + 1 < set.length ? at + 1 : at;
}
