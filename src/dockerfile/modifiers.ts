import { compileShellPattern, type Step, shellMatches } from "../base/go-patterns.ts";

export type Modifier = "-" | "+" | "?" | "#" | "%";

// Matching tries every beginning and end of a value; longer ones are no paths and names.
const MAX_VALUE = 512;

/** Applies `${X-word}` and its kin (lex.go, processDollar). Null where the needed part is not known. */
export function applyModifier(
  modifier: Modifier,
  colon: boolean,
  value: string | undefined,
  word: string | null,
): string | null {
  const missing = value === undefined || (colon && value === "");
  switch (modifier) {
    case "-":
      return missing ? word : value;
    case "+":
      return missing ? "" : word;
    case "?":
      return value ?? null;
    default:
      return word === null ? null : trim(modifier, value ?? "", word);
  }
}

/** `#` and `%` take off the shortest match at the beginning or end, `##` and `%%` the longest. */
function trim(side: "#" | "%", value: string, word: string): string | null {
  const longest = word.startsWith(side);
  const steps = compileShellPattern(longest ? word.slice(1) : word);
  const chars = [...value];
  if (steps === null || chars.length > MAX_VALUE) return null;
  const lengths = [...chars.keys(), chars.length];
  if (longest) lengths.reverse();
  for (const length of lengths) {
    const part = side === "#" ? chars.slice(0, length) : chars.slice(chars.length - length);
    if (!shellMatches(steps, part)) continue;
    return (side === "#" ? chars.slice(length) : chars.slice(0, chars.length - length)).join("");
  }
  return value;
}

/** Replaces the first match, or all of them; matches are as long as they can be. */
export function replaceIn(value: string, pattern: string, replacement: string, all: boolean): string | null {
  const steps = compileShellPattern(pattern);
  const chars = [...value];
  if (steps === null || chars.length > MAX_VALUE) return null;
  let result = "";
  let at = 0;
  while (at <= chars.length) {
    const length = longestMatch(steps, chars, at);
    if (length === -1 || (length === 0 && at === chars.length && at > 0)) {
      result += chars[at] ?? "";
      at += 1;
      continue;
    }
    result += replacement;
    if (!all) return result + chars.slice(at + length).join("");
    if (length === 0) result += chars[at] ?? "";
    at += Math.max(length, 1);
  }
  return result;
}

function longestMatch(steps: readonly Step[], chars: readonly string[], at: number): number {
  for (let end = chars.length; end >= at; end -= 1) {
    if (shellMatches(steps, chars.slice(at, end))) return end - at;
  }
  return -1;
}
