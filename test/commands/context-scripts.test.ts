import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextSources } from "../../src/commands/context-scripts.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

const RUN = "#!/bin/sh\nexec app\n";
const MANY = 2020;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-context-"));
  const context = join(folder, "context");
  await mkdir(join(context, "bin", "more"), { recursive: true });
  await mkdir(join(context, "mixed"));
  await mkdir(join(context, "linked"));
  await mkdir(join(context, "many"));
  await mkdir(join(context, "conf"));
  const files = {
    "../outside": RUN,
    "run.sh": RUN,
    "bin/one": RUN,
    "bin/more/two": "#!/usr/bin/env bash\n",
    "mixed/run": RUN,
    "mixed/app.conf": "x=1\n",
    "linked/run": RUN,
    "app.py": "#!/usr/bin/python3\n",
    "pq.py": 'find_library("pq")\n',
    "conf/odbcinst.ini": "[x]\nDriver=libsqlite3odbc.so\n",
    "conf/run": RUN,
    "conf/notes.md": "libother.so.1\n",
    large: `#!/bin/sh\n${"# \n".repeat(30_000)}`,
    latin: Buffer.concat([Buffer.from("#!/bin/sh\n# "), Buffer.of(0xe9)]),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
  for (let at = 0; at < MANY; at += 1) await writeFile(join(context, "many", String(at)), RUN);
  await symlink("run", join(context, "linked", "other"));
  await symlink("run.sh", join(context, "link"));
  await symlink("../outside", join(context, "out"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ask = (...copies: string[]) => {
  const text = ["FROM debian:13 AS builder", "COPY large /x", "FROM debian:13", ...copies, ""].join("\n");
  return contextSources(makePlan(parseDockerfile(text)), join(folder, "context"));
};

test.each([
  ["run.sh", { "run.sh": RUN }, false],
  ["./run.sh", { "run.sh": RUN }, false],
  ["bin/", { "bin/one": RUN, "bin/more/two": "#!/usr/bin/env bash\n" }, false],
  ["mixed", { "mixed/run": RUN }, true],
  ["linked", { "linked/run": RUN }, true],
  ["link", { link: RUN }, false],
  ["out", {}, true],
  ["app.py", {}, true],
  ["large", {}, true],
  ["latin", {}, true],
  ["none", {}, true],
])("%s", async (path, scripts, others) => {
  expect(Object.values(await ask(`COPY ${path} /x/`))).toEqual([{ scripts, others }]);
});

test.each([
  ["pq.py", { "pq.py": ["libpq.so"] }, {}],
  ["conf", { "conf/odbcinst.ini": ["libsqlite3odbc.so"] }, { "conf/run": RUN }],
])("names of libraries in %s", async (path, libraries, scripts) => {
  expect(Object.values(await ask(`COPY ${path} /x/`))).toEqual([{ scripts, libraries, others: true }]);
});

test("what is too much is told, not read", async () => {
  const [{ scripts, others } = { scripts: {}, others: false }] = Object.values(await ask("COPY many /x"));
  expect(Object.keys(scripts).length).toBeLessThan(MANY);
  expect(others).toBe(true);
});

test("patterns, other stages and other images are none of the context's", async () => {
  expect(await ask("COPY *.sh /x/", "COPY --from=builder /x /y", "COPY --from=alpine /x /z")).toEqual({});
  expect(await contextSources(makePlan(parseDockerfile("FROM a\nCOPY run.sh /x\n")), null)).toEqual({});
});
