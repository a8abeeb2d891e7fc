import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { build } from "./builds.ts";
import { openEngine } from "./scenarios.ts";
import { baseImage } from "./support.ts";

/** Each row of patterns has a folder of its own with these files, and is written with that folder before each pattern. */
const FILES = [
  ...["a", "b", "ab", "a.c", "b.c", ".h", "w[1]", "s*r", "q?", "back\\slash", "+p", "(g)", "^c", "é/ü", "d.e/a"],
  ...["d/a", "d/b.c", "d/ab", "d/.h", "d/e/a", "d/e/b", "d/e/f/a.c", "x/a", "x/ab/a", "x/y/a", "x/y/z/b.c"],
];

/** One row or more for each rule of https://docs.docker.com/build/concepts/context/#dockerignore-files */
const TABLE = [
  ["a"],
  ["/a"],
  ["d"],
  ["d/"],
  ["./d/./e"],
  ["d/../x"],
  ["*"],
  ["*.c"],
  ["*/*.c"],
  ["*/*/a*"],
  ["**"],
  ["**/*.c"],
  ["**/a"],
  ["**/e"],
  ["d/**"],
  ["d/**/a.c"],
  ["x/**/z"],
  ["?"],
  ["?.c"],
  ["[ab]"],
  ["[^a]"],
  ["[a-c]*"],
  ["w\\[1\\]"],
  ["s\\*r"],
  ["q\\?"],
  ["back\\\\slash"],
  ["+p", "(g)"],
  ["é"],
  [".h", "**/.h"],
  ["*", "!a"],
  ["*", "!d/e"],
  ["*", "!d/e/a", "!x"],
  ["*.c", "!b.c"],
  ["!b.c", "*.c"],
  ["d", "!d/e", "d/e/b"],
  ["**", "!x/y/z/b.c"],
  ["# a", "b"],
  ["  a  ", "\tb"],
  ["A", "D"],
];

const WORDS = [
  "a",
  "b",
  "ab",
  "*",
  "**",
  "?",
  "*.c",
  "d",
  "e",
  "x",
  "y",
  "z",
  "[ab]",
  "[^a]",
  "a*",
  "*b",
  "?b",
  "**.c",
  "d*",
];

/** Rows put together from words, always the same ones. Exceptions have plain names: docker's old client looks no further. */
function madeRows(count: number): string[][] {
  let state = 20240501;
  const pick = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const path = (words: readonly string[]): string =>
    Array.from({ length: 1 + pick(3) }, () => words[pick(words.length)]).join("/");
  const plain = WORDS.filter((word) => /^\w+$/.test(word));
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + pick(4) }, (_, at) => (at > 0 && pick(2) === 0 ? `!${path(plain)}` : path(WORDS))),
  );
}

const ROWS = [...TABLE, ...madeRows(60)];

let root: string;
let engine: Engine;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "msb-deps-ignore-"));
  engine = await openEngine();
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await engine?.close();
});

function lines(): string[] {
  return ROWS.flatMap((row, at) => row.map((pattern) => under(`row${at}`, pattern)));
}

/** The pattern for a row's folder; comments and blanks around it stay what they are. */
function under(folder: string, pattern: string): string {
  if (pattern.startsWith("#")) return pattern;
  const [, space = "", mark = "", rest = ""] = /^(\s*)(!?)(.*)$/.exec(pattern) ?? [];
  return `${space}${mark}${folder}/${rest}`;
}

test(`the context without what .dockerignore excludes: ${ROWS.length} rows, against docker's own client`, async () => {
  for (const at of ROWS.keys()) {
    for (const file of FILES) {
      mkdirSync(dirname(join(root, `row${at}`, file)), { recursive: true });
      writeFileSync(join(root, `row${at}`, file), "");
    }
  }
  writeFileSync(join(root, ".dockerignore"), `\uFEFF${lines().join("\n")}\n`);
  const dockerfile = `FROM ${baseImage("trixie")}\nCOPY . /c\nRUN cd /c && find row* | sed 's/^/>> /'\n`;
  const listed = (output: string): string[] =>
    output.split("\n").flatMap((line) => (line.startsWith(">> ") ? [line.slice(3)] : []));

  const ours = await build(engine, dockerfile, {}, { contextDir: root });
  expect(ours.error).toBeNull();
  const theirs = execFileSync("docker", ["build", "--no-cache", "--iidfile", `${root}.id`, "-f", "-", root], {
    input: dockerfile,
    env: { ...process.env, DOCKER_BUILDKIT: "0" },
    maxBuffer: 2 ** 26,
    stdio: ["pipe", "pipe", "ignore"],
  }).toString("utf8");
  execFileSync("sh", ["-c", 'docker rmi "$(cat "$0")" && rm "$0"', `${root}.id`], { stdio: "ignore" });

  const byRow = (paths: readonly string[]): string[] =>
    ROWS.map((row, at) => {
      const own = paths.filter((path) => path.startsWith(`row${at}/`)).map((path) => path.replace(/^row\d+\//, ""));
      return `${JSON.stringify(row)}: ${own.sort().join(" ")}`;
    });
  const seen = byRow(listed(ours.output));
  expect(seen).toEqual(byRow(listed(theirs)));
  // Were nothing listed at all, both would agree too.
  expect(seen[0]).toMatch(/^\["a"\]: \(g\) \+p \.h \^c a\.c ab b /);
  expect(seen.filter((row) => row.endsWith(": ")).length).toBeLessThan(ROWS.length / 5);

  // Too many for the headers in which the frontend sends them back; the ignore file itself is still part of the context.
  const more = Array.from({ length: 5000 }, (_, at) => `nowhere/${"else".repeat(20)}-${at}`);
  writeFileSync(join(root, ".dockerignore"), `${[...lines(), ...more].join("\n")}\n`);
  const many = await build(engine, `${dockerfile}RUN wc -l </c/.dockerignore\n`, {}, { contextDir: root });
  expect(many.error).toBeNull();
  expect(byRow(listed(many.output))).toEqual(seen);
  expect(many.output).toMatch(/^5\d{3}$/m);
});
