import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import { openEngine, POSTFIX } from "./scenarios.ts";
import { baseImage, docker, folderOf, msbDeps, toolsStage } from "./support.ts";

/** No engine can be reached: whoever asks one fails. */
const noEngine = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

it("the classic Postfix stage on trixie: one added, what the base has taken away, and nothing left to say", async () => {
  const folder = await folderOf({});
  const path = join(folder, "Dockerfile");
  await copyFile(POSTFIX.dockerfile, path);
  const before = await readFile(path, "utf8");
  const args = ["-a", "/out", "--context", dirname(POSTFIX.dockerfile), "--progress", "quiet"];
  const base = ["--build-arg", `BASE_IMAGE=${baseImage("trixie")}`];

  const shown = await msbDeps(["audit", path, ...args, ...base, "--diff", "--save-snapshot", join(folder, "run")]);
  expect(shown.code, shown.stderr).toBe(0);
  expect(await readFile(path, "utf8")).toBe(before);

  const run = await msbDeps(["audit", path, ...args, ...base, "--fix"]);
  expect(run.code, run.stderr).toBe(0);
  const lines = before.slice(0, before.lastIndexOf("libssl3")).split("\n").length;
  expect(run.stderr.replaceAll(`${path}:`, "")).toBe(
    [
      `${lines - 7} added libicu76 (missing)`,
      `${lines - 3} removed zlib1g (redundant)`,
      `${lines - 2} removed libpcre2-8-0 (redundant)`,
      `${lines} removed libssl3 (redundant)`,
      "1 info\n",
    ].join("\n"),
  );
  expect(run.stdout).toMatch(/^\S+:\d+ root-user info [^\n]*\n$/);

  const after = await readFile(path, "utf8");
  const stage = before.lastIndexOf("\nFROM ");
  const fixed = before
    .slice(stage)
    .replace("      zlib1g \\\n      libpcre2-8-0 \\\n", "")
    .replace("      libssl3 \\\n", "      libicu76 \\\n");
  expect(after).toBe(before.slice(0, stage) + fixed);

  const again = await msbDeps(["audit", path, ...args, ...base, "--fix"]);
  expect(again).toMatchObject({ code: 0, stdout: run.stdout, stderr: `${path}: nothing to fix\n1 info\n` });
  expect(await readFile(path, "utf8")).toBe(after);

  // The diff says the same to patch, and a saved run to an audit without an engine.
  await writeFile(path, before);
  const patch = promisify(execFile)("patch", ["-p0", "--", path]);
  patch.child.stdin?.end(shown.stdout);
  await patch;
  expect(await readFile(path, "utf8")).toBe(after);
  await writeFile(path, before);
  const replayed = await msbDeps(["audit", path, "--snapshot", join(folder, "run"), "--fix"], { env: noEngine });
  expect(replayed.code, replayed.stderr).toBe(0);
  expect(await readFile(path, "utf8")).toBe(after);
});

/** A library of nobody's in /usr/local/lib, of which the runtime stage knows nothing, and a program that wants two more. */
const LACKING = `${toolsStage("trixie")}
FROM tools AS builder
RUN mkdir -p /out && cd /tmp \\
 && echo 'int own(void) { return 7; }' > own.c && gcc -shared -fPIC -Wl,-soname,libown.so.1 -o /usr/local/lib/libown.so.1 own.c \\
 && ldconfig \\
 && echo '#include <stdio.h>' > app.c && echo 'int own(void); int PQlibVersion(void);' >> app.c \\
 && echo 'int main(void) { return printf("%d %d\\\\n", own(), PQlibVersion() / 10000) < 0; }' >> app.c \\
 && gcc -o /out/app app.c /usr/local/lib/libown.so.1 -lpq

FROM ${baseImage("trixie")}
WORKDIR /srv
COPY --from=builder /out/app /usr/bin/app
USER nobody
CMD ["app"]
`;

it("what is inserted builds, and the program runs", async () => {
  const folder = await folderOf({ Dockerfile: LACKING });
  const run = await msbDeps(["audit", folder, "--fix", "--progress", "quiet"]);
  expect(run.code, run.stderr).toBe(0);
  const after = await readFile(join(folder, "Dockerfile"), "utf8");
  expect(after.slice(after.lastIndexOf("\nFROM "))).toBe(`
FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends \\
    libpq5 \\
 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
COPY --from=builder /out/app /usr/bin/app
COPY --from=builder /usr/local/lib/libown.so.1 /usr/local/lib/libown.so.1
RUN ldconfig
USER nobody
CMD ["app"]
`);
  const engine = await openEngine();
  onTestFinished(async () => expect(await engine.close()).toEqual([]));
  const image = await engine.build({
    ...{ dockerfile: Buffer.from(after), dockerfilePath: null, contextDir: folder, target: null, buildArgs: {} },
    ...{ platform: null, noCache: false, pull: false, settings: PLAIN_BUILD, onEvent: () => {} },
    signal: new AbortController().signal,
  });
  onTestFinished(() => image.release());
  expect((await docker("run", "--rm", image.reference)).stdout).toBe("7 17\n");
});

it("standard input: the new text is the result, and files are left alone", async () => {
  const run = (...more: string[]) =>
    msbDeps(["audit", "--no-build", "--fix", ...more, "-"], {
      env: noEngine,
      stdin:
        "FROM debian:13 AS builder\nFROM debian:13-slim\nRUN apt-get install -y libssl3 libpq5\nCOPY --from=builder /a /a\n",
    });
  const warning = await run();
  expect(warning.stdout).toContain("\nRUN apt-get install -y libssl3 libpq5\n");
  const info = await run("--fix-level", "info");
  expect(info.stdout).toBe(
    "FROM debian:13 AS builder\nFROM debian:13-slim\nRUN apt-get install -y --no-install-recommends libpq5\nCOPY --from=builder /a /a\n",
  );
  expect(info.stderr).toMatch(/^-:3 removed libssl3 \(redundant\)\n-:3 added --no-install-recommends \(recommends\)\n/);
  const diff = await run("--fix-level", "info", "--diff");
  expect(diff.stdout).toMatch(/^--- Dockerfile\n\+\+\+ Dockerfile\n@@ -1,4 \+1,4 @@\n/);
  const json = JSON.parse((await run("--fix-level", "info", "--diff", "-f", "json")).stdout);
  expect(json).toMatchObject({ schemaVersion: 1, diff: diff.stdout, refused: [] });
  expect(json.changes).toEqual([
    {
      ...{ action: "removed", code: "redundant", file: "-", line: 3, package: "libssl3", word: "libssl3" },
      ...{ by: null, instruction: null, text: null, message: "removed libssl3" },
    },
    {
      ...{ action: "option", code: "recommends", file: "-", line: 3, package: null, word: "--no-install-recommends" },
      ...{ by: null, instruction: null, text: null, message: "added --no-install-recommends" },
    },
  ]);
  expect(JSON.parse((await run("--fix-level", "info", "-f", "json")).stdout).text).toBe(info.stdout);
});

it("packages that a file of the context lists are audited, and the file is not rewritten", async () => {
  const dockerfile =
    "FROM debian:13 AS builder\nFROM debian:13-slim\nCOPY packages.txt /tmp/\n" +
    "RUN xargs apt-get install -y --no-install-recommends < /tmp/packages.txt\nCOPY --from=builder /a /a\n";
  const folder = await folderOf({ Dockerfile: dockerfile, "packages.txt": "libssl3 libicu72\n" });
  const args = ["audit", "--no-build", "--fix", "--fix-level", "info", folder];
  const run = await msbDeps(args, { env: noEngine });
  const { changes, refused, diff } = JSON.parse((await msbDeps([...args, "-f", "json"], { env: noEngine })).stdout);
  expect([changes, diff]).toEqual([[], undefined]);
  expect(refused).toContainEqual({
    ...{ code: "unknown-package", file: join(folder, "Dockerfile"), line: 4, name: "libicu72", reason: "not-literal" },
    ...{
      about: ["< /tmp/packages.txt"],
      message: "libicu72: < /tmp/packages.txt is not a literal word of the command",
    },
  });
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(/Dockerfile:4 redundant info libssl3 is already in debian:13-slim/);
  expect(run.stdout).toMatch(/Dockerfile:4 unknown-package error libicu72 does not exist in debian 13/);
  expect(run.stderr).toMatch(
    /Dockerfile:4 not fixed: libicu72: < \/tmp\/packages\.txt is not a literal word of the command \(unknown-package\)\n/,
  );
  expect(await readFile(join(folder, "Dockerfile"), "utf8")).toBe(dockerfile);
  expect(await readFile(join(folder, "packages.txt"), "utf8")).toBe("libssl3 libicu72\n");
});

it.each([["--fix-level alone", ["--fix-level", "info"], /--fix-level has no effect on its own/]])(
  "%s is a usage error",
  async (_, flags, message) => {
    const run = await msbDeps(["audit", "--no-build", ...flags, "-"], { stdin: "FROM a\n", env: noEngine });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(message);
  },
);
