import { posix } from "node:path";
import { MsbDepsError } from "../../base/errors.ts";
import { hasWildcards, isGoPattern } from "../../base/go-patterns.ts";
import { type PathTest, pathTest } from "./path-test.ts";

/** What a list of patterns says of one path; needed again for the paths below it. */
export interface Match {
  readonly matched: boolean;
  /** By pattern: whether it matched the path or a folder above it. */
  readonly rules: readonly boolean[];
}

interface Rule {
  readonly exception: boolean;
  readonly test: PathTest;
  /** The names of its folders and its own, up to the first with `**`. */
  readonly names: readonly string[];
  readonly deep: boolean;
}

/**
 * A list of patterns as in `.dockerignore`, where a later one counts before an earlier one, and `!` makes an exception.
 * BuildKit sends such lists along with its request for files. The rules are those of moby/patternmatcher as
 * tonistiigi/fsutil (filter.go) applies them, which https://docs.docker.com/build/concepts/context/#syntax describes.
 */
export class PathPatterns {
  readonly #rules: readonly Rule[];

  /** @throws MsbDepsError `build-failed` for a pattern that is none (an open bracket, a lone `!`) */
  constructor(patterns: readonly string[]) {
    this.#rules = patterns.map((text) => text.trim()).flatMap((text) => (text === "" ? [] : [ruleOf(text)]));
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** `parent` is what was said of the folder that the path lies in; null at the top. */
  match(path: string, parent: Match | null): Match {
    let matched = false;
    const rules = this.#rules.map(({ exception, test }, at) => {
      const inherited = parent?.rules[at] === true;
      // A pattern that could change nothing is not asked, and what lies below does not inherit it either.
      if (!inherited && exception !== matched) return false;
      const hit = inherited || test(path);
      if (hit) matched = !exception;
      return hit;
    });
    return { matched, rules };
  }

  /** Whether something below a folder could match that does not inherit its match. */
  reachesBelow(folder: string, kind: "patterns" | "exceptions"): boolean {
    const names = folder.split("/");
    return this.#rules.some((rule) => rule.exception === (kind === "exceptions") && reaches(rule, names));
  }
}

function reaches({ names, deep }: Rule, folder: readonly string[]): boolean {
  if (!deep && names.length <= folder.length) return false;
  return folder.every((name, at) => {
    const wanted = names[at];
    return wanted === undefined || hasWildcards(wanted) || wanted.includes("\\") || wanted === name;
  });
}

function ruleOf(text: string): Rule {
  // Cleaned before the mark of an exception is looked for, as the original does it.
  const cleaned = clean(text);
  const exception = cleaned.startsWith("!");
  const pattern = exception ? cleaned.slice(1) : cleaned;
  if (pattern === "" || !isGoPattern(pattern)) {
    throw new MsbDepsError("build-failed", `the pattern ${JSON.stringify(text)} of .dockerignore is not valid.`, {
      hint: "Close its brackets, and let something follow a ! and a \\: https://docs.docker.com/build/concepts/context/#dockerignore-files",
    });
  }
  const all = pattern.split("/");
  const deepAt = all.findIndex((name) => name.includes("**"));
  const names = deepAt === -1 ? all : all.slice(0, deepAt);
  return { exception, test: pathTest(pattern), names, deep: deepAt !== -1 };
}

/** Go's filepath.Clean. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}
