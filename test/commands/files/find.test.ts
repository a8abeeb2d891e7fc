import { mkdir, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { findBelow, findMatching, isPattern } from "../../../src/commands/files/find.ts";
import { folderOf } from "../../files.ts";

const below = (folder: string): string[] => findBelow(folder).files.map((file) => relative(folder, file));
const matching = (folder: string, pattern: string): string[] =>
  findMatching(join(folder, pattern)).files.map((file) => relative(folder, file));

test("Dockerfiles are found by their names", async () => {
  const names = [
    "Containerfile",
    "Dockerfile",
    "Dockerfile.web",
    "a/Dockerfile",
    "a/b/api.Dockerfile",
    "a/b/lower.dockerfile",
  ];
  const others = ["Dockerfile.dockerignore", "Dockerfiles", "MyDockerfile", "dockerfile.ts", ".git/Dockerfile"];
  const folder = await folderOf(
    Object.fromEntries([...names, ...others, "node_modules/x/Dockerfile"].map((n) => [n, ""])),
  );
  expect(below(folder)).toEqual(names);
});

test("what git ignores is left out, and the nearest file decides", async () => {
  const folder = await folderOf({
    ".git/HEAD": "",
    ".gitignore": "dist/\n*.gen.Dockerfile\n/only-here/\n",
    "dist/Dockerfile": "",
    "a/dist/Dockerfile": "",
    "a/x.gen.Dockerfile": "",
    "b/.gitignore": "!keep.gen.Dockerfile\n",
    "b/keep.gen.Dockerfile": "",
    "c/only-here/Dockerfile": "",
    "only-here/Dockerfile": "",
  });
  expect(below(folder)).toEqual(["b/keep.gen.Dockerfile", "c/only-here/Dockerfile"]);
  // The rules of the directories above count too, unless the directory itself is ignored: it was named on purpose.
  expect(below(join(folder, "a"))).toEqual([]);
  expect(below(join(folder, "dist"))).toEqual(["Dockerfile"]);
});

test("a link to a file counts, one to a directory does not", async () => {
  const folder = await folderOf({ "real/Dockerfile": "" });
  await mkdir(join(folder, "links"));
  await symlink("../real/Dockerfile", join(folder, "links/Dockerfile"));
  await symlink("../real", join(folder, "links/real"));
  await symlink("nowhere", join(folder, "links/web.Dockerfile"));
  expect(below(folder)).toEqual(["links/Dockerfile", "real/Dockerfile"]);
});

test("patterns", async () => {
  const folder = await folderOf({
    ".gitignore": "ignored\n",
    "a/Dockerfile": "",
    "a/deep/down/Dockerfile": "",
    "b/Dockerfile": "",
    "b/other": "",
    "ignored/Dockerfile": "",
    "[x]/Dockerfile": "",
  });
  expect(matching(folder, "*/Dockerfile")).toEqual(["[x]/Dockerfile", "a/Dockerfile", "b/Dockerfile"]);
  expect(matching(folder, "a/**/Dockerfile")).toEqual(["a/Dockerfile", "a/deep/down/Dockerfile"]);
  expect(matching(folder, "{b,c}/*")).toEqual(["b/Dockerfile", "b/other"]);
  expect(matching(folder, "nowhere/*")).toEqual([]);
  expect(isPattern(join(folder, "*/Dockerfile"))).toBe(true);
  expect(isPattern(join(folder, "[x]/Dockerfile"))).toBe(false);
  expect(isPattern(join(folder, "missing"))).toBe(false);
});
