import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FileSource, Selection, SourceEntry } from "../../src/engine/session/file-source.ts";
import { folderSource } from "../../src/engine/session/folder-source.ts";
import { followLinks } from "../../src/engine/session/follow-links.ts";
import { memorySource } from "../../src/engine/session/memory-source.ts";
import { type Match, PathPatterns } from "../../src/engine/session/patterns.ts";

let root: string;
let skipped: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "msb-deps-sources-"));
  skipped = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function tree(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (!path.endsWith("/")) await writeFile(join(root, path), path);
    else await mkdir(join(root, path), { recursive: true });
  }
}

async function entries(source: FileSource, selection: Partial<Selection> = {}): Promise<SourceEntry[]> {
  const found: SourceEntry[] = [];
  for await (const entry of source.entries({ include: [], exclude: [], follow: [], ...selection })) found.push(entry);
  return found;
}

async function sent(selection: Partial<Selection> = {}): Promise<string> {
  return (
    await entries(
      folderSource(root, (path) => skipped.push(path)),
      selection,
    )
  )
    .map(({ path }) => path)
    .join(" ");
}

describe("the context's folder", () => {
  test("comes in fsutil's order: a folder, then what is in it, names by bytes", async () => {
    await tree("b", "a/z", "a.txt", "a-b", "ä", "B", "a/b/c");
    expect(await sent()).toBe("B a a/b a/b/c a/z a-b a.txt b ä");
  });

  test("modes are Go's; links are not followed", async () => {
    await tree("d/f");
    await symlink("d/f", join(root, "l"));
    const found = await entries(folderSource(root, () => {}));
    expect(found.map(({ path, mode, size, linkTarget }) => [path, mode.toString(8), size, linkTarget])).toEqual([
      ["d", (2 ** 31 + 0o755).toString(8), 0, ""],
      ["d/f", "644", 3, ""],
      ["l", (2 ** 27 + 0o777).toString(8), 0, "d/f"],
    ]);
    expect(found[1]?.modified).toBeGreaterThan(10n ** 18n);
  });

  // https://docs.docker.com/build/concepts/context/#syntax
  test.each([
    [["a"], "b b/x c.md"],
    [["*/x"], "a a/y b c.md"],
    [["*", "!a/x"], "a a/x"],
    [["a", "!a/x"], "a a/x b b/x c.md"],
    [["**/x"], "a a/y b c.md"],
    [["*", "!**/x"], "a a/x b b/x"],
    [["C.md", "b/X"], "a a/x a/y b b/x c.md"],
    [["*", "!*.md"], "c.md"],
    [["*", "!b", "b/x"], "b"],
  ])("without what is excluded: %j", async (exclude, expected) => {
    await tree("a/x", "a/y", "b/x", "c.md");
    expect(await sent({ exclude })).toBe(expected);
  });

  test("does not enter a folder that is excluded as a whole", async () => {
    await tree("huge/a", "b");
    await symlink("/nonexistent", join(root, "huge/link"));
    expect(await sent({ exclude: ["huge", "!b"] })).toBe("b");
  });

  test("only what is asked for, with the folders on the way", async () => {
    await tree("a/b/c", "a/b/d", "a/e", "f");
    expect(await sent({ include: ["a/b/c"] })).toBe("a a/b a/b/c");
    expect(await sent({ follow: ["a/b"] })).toBe("a a/b a/b/c a/b/d");
    expect(await sent({ follow: ["."] })).toBe("a a/b a/b/c a/b/d a/e f");
    expect(await sent({ follow: ["a/*"], exclude: ["a/b"] })).toBe("a a/e");
    expect(await sent({ follow: ["absent"] })).toBe("");
  });

  test("sockets are skipped and told", async () => {
    const server = createServer().listen(join(root, "s"));
    await new Promise((resolve) => server.once("listening", resolve));
    await tree("t");
    expect(await sent()).toBe("t");
    expect(skipped).toEqual(["s"]);
    await new Promise((resolve) => server.close(resolve));
  });

  test("what cannot be read is an error with its name", async () => {
    const source = folderSource(join(root, "absent"), () => {});
    await expect(entries(source)).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringContaining("absent"),
    });
    const open = async () => {
      for await (const _chunk of source.open("x"));
    };
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining(join(root, "absent/x")) });
  });

  test("a name that is not UTF-8 is an error, unless its folder is excluded", async () => {
    await tree("odd/");
    await writeFile(Buffer.concat([Buffer.from(`${root}/odd/`), Buffer.from([0x61, 0xff])]), "");
    await expect(sent()).rejects.toMatchObject({ message: expect.stringContaining("not UTF-8") });
    expect(await sent({ exclude: ["odd"] })).toBe("");
  });
});

describe("followpaths", () => {
  test("take links along with what they point to, inside the root", async () => {
    await tree("real/file", "x/f");
    await symlink("real", join(root, "dir"));
    await symlink("/real/file", join(root, "absolute"));
    await symlink("../../../../x", join(root, "real/out"));
    await symlink("loop", join(root, "loop"));
    expect(await followLinks(root, ["dir/file"])).toEqual(["dir", "real/file"]);
    expect(await followLinks(root, ["absolute"])).toEqual(["absolute", "real/file"]);
    expect(await followLinks(root, ["dir/out/f"])).toEqual(["dir", "real/out", "x/f"]);
    expect(await followLinks(root, ["loop"])).toEqual(["loop"]);
    expect(await followLinks(root, ["a*"])).toEqual(["a*", "real/file"]);
    expect(await followLinks(root, ["absent/x", "dir"])).toEqual(["absent/x", "dir", "real"]);
    expect(await followLinks(root, ["x", "."])).toBeNull();
  });
});

/** What a list says of a path, asked as a walk asks: each folder on the way first. */
function matches(patterns: readonly string[], path: string): boolean {
  const list = new PathPatterns(patterns);
  const names = path.split("/");
  let match: Match | null = null;
  for (const at of names.keys()) match = list.match(names.slice(0, at + 1).join("/"), match);
  return match?.matched === true;
}

describe("patterns", () => {
  test.each([
    ["a", "a", true],
    ["a", "a/b", true],
    ["a", "ab", false],
    ["a/b", "a", false],
    ["*.c", "x.c", true],
    ["*.c", "d/x.c", false],
    ["**/x", "x", true],
    ["**/x", "a/b/x/y", true],
    ["a/**", "a/b/c", true],
    ["a/**/z", "a/z", true],
    ["a/**/z", "a/b/c", false],
    ["[a-c]?", "b1", true],
    ["[^a]", "a", false],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a+(b)", "a+(b)", true],
    ["./a/", "a", true],
    ["a/../b", "b", true],
    ["a**", "ab/c", true],
    ["**.c", "d/x.c", true],
    ["**b", "ab", true],
    ["a/**", "a", false],
    ["**", "any/where", true],
    ["**+p", "x/+p", true],
    ["^c", "^c", true],
    ["(g)|h", "(g)|h", true],
    ["w[[]1]", "w[1]", true],
    ["a?c", "a/c", false],
    ["a*c", "ab/c", false],
  ])("%s covers %s: %s", (pattern, path, covers) => {
    expect(matches([pattern], path)).toBe(covers);
  });

  // Held against docker's own client in test/e2e/dockerignore.test.ts.
  test.each([
    [["a", "!a/b"], "a/b", false],
    [["a", "!a/b"], "a/c", true],
    [["a", "!a/b", "a/b/c"], "a/b/c", true],
    [["!a/b", "a"], "a/b", true],
    // An exception for a folder that was not left out says nothing of what is left out in it.
    [["d/e", "!d"], "d/e", true],
    [["*", "!d"], "d/e", false],
    [["*", "!*/x"], "d/x", false],
    [["a", "! b"], "a", true],
  ])("%j leaves out %s: %s", (patterns, path, out) => {
    expect(matches(patterns, path)).toBe(out);
  });

  test.each(["[", "[a", "a[]b]", "[a-]", "!", "a\\", "[^]a]"])("%s is no pattern", (pattern) => {
    expect(() => new PathPatterns([pattern])).toThrow(/^invalid pattern .* in \.dockerignore/);
  });

  test.each([
    ["a/b/c", "a", true],
    ["a/b/c", "a/b", true],
    ["a/b/c", "a/b/c", false],
    ["a/b/c", "x", false],
    ["a/**/c", "a/x/y", true],
    ["a/**/c", "b", false],
    ["**/c", "any/where", true],
    ["*/c", "any", true],
  ])("%s leads to %s: %s", (pattern, folder, leads) => {
    expect(new PathPatterns([pattern]).reachesBelow(folder, "patterns")).toBe(leads);
  });
});

test("files in memory: the time tells two contents of one length apart", async () => {
  const one = memorySource({ Dockerfile: Buffer.from("FROM a"), "Dockerfile.dockerignore": Buffer.from("x") });
  const found = await entries(one, { follow: ["Dockerfile", "Dockerfile.dockerignore", "dockerfile"] });
  expect(found.map(({ path, size, mode }) => [path, size, mode])).toEqual([
    ["Dockerfile", 6, 0o644],
    ["Dockerfile.dockerignore", 1, 0o644],
  ]);
  expect(await entries(one, { follow: [".dockerignore"] })).toEqual([]);
  const [other] = await entries(memorySource({ Dockerfile: Buffer.from("FROM b") }));
  expect(other?.modified).not.toBe(found[0]?.modified);
  const chunks: Uint8Array[] = [];
  for await (const chunk of one.open("Dockerfile")) chunks.push(chunk);
  expect(createHash("md5").update(Buffer.concat(chunks)).digest("hex")).toBe(
    createHash("md5").update("FROM a").digest("hex"),
  );
});
