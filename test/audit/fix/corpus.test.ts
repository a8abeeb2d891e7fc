import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../../src/audit/finding.ts";
import type { Fixed } from "../../../src/audit/fix/fix.ts";
import type { FixLevel } from "../../../src/audit/fix/model.ts";
import { allInstalls } from "../../../src/audit/fix/steps.ts";
import type { AptInstall } from "../../../src/dockerfile/plan.ts";
import { packageWords } from "../../../src/dockerfile/rewrite/same-but-packages.ts";
import { fixed, lookAt, NAMES, read, type Scene, withoutTaken } from "./scene.ts";

const FOLDER = new URL("../../fixtures/fix/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();
const textOf = (name: string): string => readFileSync(new URL(name, FOLDER), "utf8");

const scenes: fc.Arbitrary<Scene> = fc
  .record({
    needs: fc.subarray(NAMES, { minLength: 1, maxLength: 5 }),
    base: fc.subarray(NAMES, { maxLength: 4 }),
    depends: fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)), { maxLength: 4 }),
  })
  .map((scene) => ({ ...scene, depends: scene.depends.filter(([from, to]) => from !== to) }));
const levels = fc.constantFrom<FixLevel>("warning", "info");

/** The words of all install commands, as apt would see them. */
function wordsOf(text: string): string[] {
  return packageWords(read(text).plan)
    .map(({ name, architecture, version, suite, remove }) => [name, architecture, version, suite, remove].join(" "))
    .sort();
}

/** The words that the text should have now, by what the fix says that it did. */
function wordsBy(before: string, { changes }: Fixed): string[] {
  const words = packageWords(read(before).plan).map((word) => ({ ...word }));
  const bare: string[] = [];
  for (const change of changes) {
    if (change.kind === "added") bare.push(change.word);
    if (change.kind === "inserted")
      bare.push(
        ...change.instruction
          .filter((line) => /^ {4}\S+ [\\`]$/.test(line))
          .map((line) => line.trim().split(" ")[0] ?? ""),
      );
    if (change.kind !== "removed") continue;
    const exact = words.findIndex(({ text, line }) => text === change.word && line === change.line);
    // Where the rest of two lines became one, its number is that of the first.
    const joined = changes.some((one) => one.kind === "taken-out" && !one.whole);
    const at = exact === -1 && joined ? words.findIndex(({ text }) => text === change.word) : exact;
    expect(at, `${change.word} in line ${change.line}`).not.toBe(-1);
    words.splice(at, 1);
  }
  const kept = words.map(({ name, architecture, version, suite, remove }) => {
    const by = changes.find((change) => change.kind === "replaced" && change.word.includes(name));
    const now = by?.kind === "replaced" ? by.by.replace(/["']/g, "").split(":")[0] : name;
    return [now, architecture, version, suite, remove].join(" ");
  });
  return [...kept, ...bare.map((name) => [name, "", "", "", false].join(" "))].sort();
}

/** A package word as files of the corpus write it. */
const WORD = new RegExp(
  `["']?\\b(?:${[...NAMES, "libssl3", "libcurl4"].sort((a, b) => b.length - a.length).join("|")})(?::amd64|=17\\.\\*|/trixie|\\+)?(?![\\w.-])["']?`,
  "g",
);

/** A text without package words, white space and continuations: no fix may touch anything else. */
function rest(text: string, { changes }: Pick<Fixed, "changes">): string {
  const inserted = changes.flatMap((change) => (change.kind === "inserted" ? [change.instruction] : []));
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const without = inserted.reduce((left, lines) => left.replace(eol + lines.join(eol), ""), text);
  return bare(without);
}

/** An option that the fix may add. */
const OPTION = / --(?:no-install|without)-recommends\b/g;

function optionsIn(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + (text.match(OPTION) ?? []).length, 0);
}

function bare(text: string): string {
  return text
    .replace(OPTION, "")
    .replace(WORD, "")
    .replace(/[\s\\`]+/g, "");
}

/** The lines that no word of a package touches: neither in them nor behind their continuation, and no command takes one. */
function untouched(text: string): string[] {
  const lines = text.split("\n");
  const holds = (at: number): boolean =>
    (lines[at] ?? "").search(WORD) !== -1 || /\b(?:re)?install(?: |$)/.test(lines[at] ?? "");
  const next = (at: number): number => {
    const line = lines[at + 1]?.trim() ?? "";
    return at + 1 < lines.length && (line === "" || line.startsWith("#")) ? next(at + 1) : at + 1;
  };
  return lines.filter((line, at) => !holds(at) && !(/[\\`]\s*$/.test(line) && holds(next(at))));
}

function isEmpty({ packages, unknownWords }: AptInstall): boolean {
  return packages.length + unknownWords.length === 0;
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (line === part[at]) at += 1;
  return at === part.length;
}

/** What a level mends, by the table of docs/audit.md. */
function mends({ code, confidence, ...detail }: Finding, level: FixLevel): boolean {
  if (code === "recommends") return level === "info";
  if (code === "missing" || code === "unknown-package") return true;
  if (code === "renamed") return level === "info";
  if (code !== "redundant" && code !== "unused") return false;
  if (level === "info") return confidence !== "heuristic";
  return confidence === "proved" && !("kind" in detail && detail.kind === "implied");
}

/** What a file of the others has that is refused in some scenes. */
const OWN_REASONS: Readonly<Record<string, string>> = {
  "bash-c-lines.Dockerfile": "last-word",
  "bash-c.Dockerfile": "last-word",
  "braces.Dockerfile": "last-word",
  "heredoc-bash.Dockerfile": "last-word",
  "pins.Dockerfile": "pinned",
  "retry-loop.Dockerfile": "last-word",
  "shell-bash.Dockerfile": "last-word",
  "subshell.Dockerfile": "last-word",
  "until-loop.Dockerfile": "last-word",
};

describe.each(FILES)("%s", (name) => {
  const before = textOf(name);
  const mayRefuse = name.startsWith("refused-");

  test("the fix changes package words alone, leaves nothing to fix, and changes nothing more when it is run again", () => {
    fc.assert(
      fc.property(scenes, levels, (scene, level) => {
        const result = fixed(before, scene, level);
        const { text, changes, refusals, audit } = result;
        expect(wordsOf(text)).toEqual(wordsBy(before, result));
        expect(rest(text, result)).toBe(withoutTaken(before, result, bare));
        const gone = changes.flatMap((change) => (change.kind === "taken-out" ? change.text.split("\n") : []));
        const inserted = changes.flatMap((change) => (change.kind === "inserted" ? change.instruction : []));
        const options = changes.filter(({ kind }) => kind === "option").length;
        expect(optionsIn([text, ...gone])).toBe(optionsIn([before, ...inserted]) + options);
        // With an instruction the empty lines in it go too.
        const isGone = (line: string): boolean =>
          line.trim() === "" ? gone.length > 0 : gone.some((one) => one !== "" && line.includes(one.trim()));
        const stay = untouched(before).filter((line) => !isGone(line));
        expect(isSubsequence(stay, text.split("\n")), text).toBe(true);
        // No command is left with nothing to install.
        const empty = (of: string) => allInstalls(read(of).plan).filter(isEmpty).length;
        expect(empty(text)).toBeLessThanOrEqual(empty(before));
        if (changes.length === 0) expect(text).toBe(before);
        // Every line is ended as all the others, and the last one as it was.
        expect(/(?<!\r)\n/.test(text)).toBe(/(?<!\r)\n/.test(before));
        expect(text.endsWith("\n")).toBe(before.endsWith("\n"));
        const kept = refusals.filter(({ reason }) => reason !== OWN_REASONS[name]);
        if (!mayRefuse) expect(kept).toEqual([]);
        const told = new Set(refusals.flatMap(({ code, name: of, line }) => [`${code} ${of}`, `${code} null ${line}`]));
        const left = audit.findings
          .filter((one) => mends(one, level))
          .map((one) => `${one.code} ${one.package}${one.package === null ? ` ${one.line}` : ""}`);
        expect(left.filter((one) => !told.has(one))).toEqual([]);
        const again = fixed(text, scene, level);
        expect([again.text, again.changes]).toEqual([text, []]);
      }),
      { numRuns: Number(process.env.SCENES ?? 4) },
    );
  }, 600_000);
});

test("the corpus is large, and all of it can be read", () => {
  expect(FILES.length).toBeGreaterThanOrEqual(60);
  for (const name of FILES)
    expect(() => lookAt({ needs: ["libpq5"], base: [], depends: [] })(textOf(name))).not.toThrow();
});

test("what is refused is refused for a reason of its own", () => {
  // Where all of its packages go, an instruction refuses no other.
  const scene = (name: string): Scene => ({
    needs: ["libicu76"],
    base: name === "refused-release.Dockerfile" ? [] : ["zlib1g"],
    depends: [],
  });
  const reasons = FILES.filter((name) => name.startsWith("refused-")).map((name) => [
    name.replace(/^refused-|\.Dockerfile$/g, ""),
    [...new Set(fixed(textOf(name), scene(name)).refusals.map(({ reason }) => reason))].sort().join(" "),
  ]);
  expect(Object.fromEntries(reasons)).toEqual({
    autoremove: "autoremove",
    branches: "last-word no-plain-install",
    file: "unread",
    json: "no-plain-install not-literal",
    loop: "not-literal",
    onbuild: "elsewhere no-plain-install",
    release: "no-plain-install",
    unreadable: "unread",
    "unset-variable": "unread",
    variable: "not-literal",
  });
});
