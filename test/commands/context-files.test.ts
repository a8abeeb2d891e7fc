import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextFiles } from "../../src/commands/context-files.ts";
import { planOptions } from "../../src/commands/plan.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-context-"));
  const context = join(folder, "context");
  await mkdir(join(context, "deploy"), { recursive: true });
  await writeFile(join(folder, "outside"), "vim\n");
  await writeFile(join(context, "list"), "curl git\n");
  await writeFile(join(context, "large"), "a ".repeat(40_000));
  await writeFile(join(context, "latin"), Buffer.from([0x61, 0xe9]));
  await symlink("../list", join(context, "deploy", "inside"));
  await symlink("../outside", join(context, "out"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const dockerfile = (path: string): string =>
  `FROM debian:13 AS builder\nFROM debian:13\nCOPY ${path} /lists/\nRUN xargs apt-get install -y < /lists/${path.split("/").at(-1)}\nCOPY --from=builder /a /a\n`;
const choice = { artifacts: [], target: null, runtime: null, buildArgs: {}, platform: null };
const ask = (path: string) => contextFiles(dockerfile(path), planOptions(choice), join(folder, "context"));

test.each([
  ["list", { list: "curl git\n" }],
  ["/list", { list: "curl git\n" }],
  ["deploy/inside", { "deploy/inside": "curl git\n" }],
  ["../list", { list: "curl git\n" }],
  ["out", {}],
  ["large", {}],
  ["latin", {}],
  ["deploy", {}],
  ["none", {}],
])("%s", async (path, expected) => {
  expect(await ask(path)).toEqual(expected);
});

test("the plan then has what they name, and nothing where there is no context", async () => {
  const text = dockerfile("list");
  const files = await ask("list");
  const { runtime } = makePlan(parseDockerfile(text), planOptions({ ...choice, contextFiles: files }));
  const run = runtime?.instructions.find((one) => one.kind === "run");
  expect(run?.aptInstalls[0]?.packages.map(({ name }) => name)).toEqual(["curl", "git"]);
  expect(await contextFiles(text, planOptions(choice), null)).toEqual({});
});
