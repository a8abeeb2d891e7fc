import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { msbDeps, toolsStage } from "./support.ts";

/** A builder whose program needs a library, and a stage that copies it. */
const dockerfile = (library: string): string => `${toolsStage("trixie")}FROM tools AS builder
RUN echo 'int main(void) { return 0; }' > a.c && mkdir /out && gcc -Wl,--no-as-needed -o /out/app a.c ${library}
FROM debian:trixie-slim
COPY --from=builder /out/ /usr/local/bin/
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-many-"));
  for (const name of ["a", "b", "c"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "a/Dockerfile"), dockerfile("-lblas"));
  await writeFile(join(folder, "b/Dockerfile"), dockerfile("-lpq"));
  await writeFile(join(folder, "c/Dockerfile"), dockerfile("-lnowhere"));
  await writeFile(join(folder, "compose.yaml"), "services: { a: { build: a }, b: { build: { context: b } } }\n");
});
afterAll(() => rm(folder, { recursive: true }));

it("a directory: each line under its file; the one that fails does not stop the others", async () => {
  const { code, stdout, stderr } = await msbDeps(["-f", "line", "."], { cwd: folder });
  const line = (name: string): string =>
    `apt-get update && apt-get install -y --no-install-recommends ${name} && rm -rf /var/lib/apt/lists/*\n`;
  expect(stdout).toBe(
    `# a/Dockerfile\n${line("libblas3")}\n# b/Dockerfile\n${line("libpq5")}\n# c/Dockerfile\n# FAILED: see standard error\n`,
  );
  expect(stderr).toMatch(/^\[\d\/3\] a\/Dockerfile: 1 package \(/m);
  expect(stderr).toContain("cannot find -lnowhere");
  expect(stderr).toMatch(/\n3 files: 2 complete; 1 failed\n$/);
  expect(code).toBe(2);
});

it("a compose file, as one JSON document", async () => {
  const { code, stdout } = await msbDeps(["compose.yaml", "-f", "json", "-q"], { cwd: folder });
  const { files } = JSON.parse(stdout) as { files: { file: string; exitCode: number; install: string[] }[] };
  expect(files.map(({ file, exitCode, install }) => [file, exitCode, install])).toEqual([
    ["a/Dockerfile (service a)", 0, ["libblas3"]],
    ["b/Dockerfile (service b)", 0, ["libpq5"]],
  ]);
  expect(code).toBe(0);
});

it("an audit of several builds them all", async () => {
  const { code, stdout, stderr } = await msbDeps(["audit", "a", "b/Dockerfile", "--jobs", "1"], { cwd: folder });
  expect(stdout).toMatch(/^a\/Dockerfile:\d+ missing error libblas3 .*is needed/m);
  expect(stdout).toMatch(/^b\/Dockerfile:\d+ missing error libpq5 is needed/m);
  expect(stderr).toMatch(/\n2 files: 2 errors, 2 info\n$/);
  expect(code).toBe(1);
});

it("a committed list drifts when the build no longer links ICU", async () => {
  const icu = `${toolsStage("trixie")}FROM tools AS builder
RUN apt-get update && apt-get install -y --no-install-recommends libicu76
ARG LIBRARIES=-l:libicuuc.so.76
RUN echo 'int main(void) { return 0; }' > a.c && mkdir /out && gcc -Wl,--no-as-needed -o /out/app a.c $LIBRARIES
FROM debian:trixie-slim
COPY packages.txt /tmp/
RUN apt-get update && xargs apt-get install -y --no-install-recommends < /tmp/packages.txt
COPY --from=builder /out/ /usr/local/bin/
`;
  const own = await mkdtemp(join(tmpdir(), "msb-deps-drift-"));
  await writeFile(join(own, "Dockerfile"), icu);
  const check = (...args: string[]) => msbDeps(["Dockerfile", "-q", "--check", "packages.txt", ...args], { cwd: own });
  expect((await check("--update")).code).toBe(0);
  expect(await readFile(join(own, "packages.txt"), "utf8")).toBe("libicu76\n");
  expect(await check()).toMatchObject({ code: 0, stdout: "" });
  expect(await check("--build-arg", "LIBRARIES=")).toMatchObject({
    code: 1,
    stdout: "--- packages.txt\n+++ packages.txt\n@@ -1,1 +0,0 @@\n-libicu76\n",
  });
  await rm(own, { recursive: true });
});
