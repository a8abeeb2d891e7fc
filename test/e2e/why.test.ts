import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { TreeNode, Why } from "../../src/analysis/why/model.ts";
import type { SavedRun } from "../../src/commands/saved-run.ts";
import { parseListing } from "../../src/loader/listing.ts";
import { baseImage, folderOf, msbDeps } from "./support.ts";

/** No engine can be reached: whoever asks one fails. */
const noEngine = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

it("why, on the hello example: a library that its package's package brings, and the loader's own list as witness", async () => {
  const saved = join(await folderOf({}), "run");
  const hello = ["examples/hello/Dockerfile", "-a", "/out", "--build-arg", `BASE_IMAGE=${baseImage("trixie")}`];
  const live = await msbDeps(["why", ...hello, "libxml2.so.2", "-q", "--save-snapshot", saved]);
  expect({ code: live.code, stderr: live.stderr }).toEqual({ code: 0, stderr: "" });
  expect(live.stdout).toMatch(
    /^libxml2: not in the line\. .*apt installs it as a dependency of another listed package\.$/m,
  );
  expect(live.stdout).toMatch(/^ {2}libarchive13t64 Depends: libxml2(?: \(.*\))?$/m);
  expect(live.stdout).toMatch(/^└── libarchive\.so\.13 \[ld\.so\.cache\] .* · libarchive13t64, in the line$/m);
  expect(live.stdout).toMatch(/^ {4}└── libxml2\.so\.2 \[ld\.so\.cache, in the builder\] .* · libxml2, implied$/m);

  const ask = (...args: string[]) => msbDeps(["why", "--from", saved, ...args], { env: noEngine });
  expect(await ask("libxml2.so.2")).toEqual({ code: 0, stdout: live.stdout, stderr: "" });
  expect(await ask("gcc")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^gcc: not in the line: the builder/),
  });

  // All that the tree of the program names is what the builder's own loader named when it was asked.
  const answer = JSON.parse((await ask("/usr/local/bin/hello", "-f", "json")).stdout) as Why;
  const run = JSON.parse(await readFile(saved, "utf8")) as SavedRun;
  const listed = parseListing(run.builders[0]?.snapshot.questions[0]?.output ?? "");
  const theirs = listed.flatMap((line) => (line.kind === "library" ? [line.soname] : []));
  expect(theirs.length).toBeGreaterThan(8);
  expect(sonames(answer.trees[0]?.needs ?? [])).toEqual(new Set([...theirs, "ld-linux-x86-64.so.2"]));
});

function sonames(nodes: readonly TreeNode[]): Set<string> {
  const flat = (node: TreeNode): string[] => [
    ...(node.kind === "needed" ? [node.name] : []),
    ...node.needs.flatMap(flat),
  ];
  return new Set(nodes.flatMap(flat));
}
