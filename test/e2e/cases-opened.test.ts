import { readdirSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import type { Proof } from "../../src/proof/model.ts";
import { build } from "./builds.ts";
import { openEngine } from "./scenarios.ts";
import { analysisOf, baseImage, docker, folderOf, msbDeps, toolsStage } from "./support.ts";

const given = (name: string): string => `test/fixtures/cases/${name}/Dockerfile`;

/** `file: name (package)` of every library that may be opened. */
const openedIn = ({ notes }: Analysis): string[] =>
  notes.flatMap((note) => (note.code === "possibly-opened" ? `${note.path}: ${note.soname} (${note.package})` : []));

interface Said {
  readonly code: string;
  readonly severity: string;
  readonly package: string | null;
  readonly message: string;
}

/** `severity code what` of every finding, and the exit code. */
async function audited(path: string, ...args: string[]): Promise<{ code: number | null; said: string[] }> {
  const run = await msbDeps(["audit", path, "-f", "json", "--progress", "quiet", "-q", ...args]);
  if (run.stdout === "") throw new Error(run.stderr);
  const findings: Said[] = JSON.parse(run.stdout).findings;
  const said = findings.map(({ code, severity, package: about, message }) => {
    const [, kind, name, plugin = ""] = /^(\w+) (\S+) is needed( by a plugin)?/.exec(message) ?? [];
    return [
      severity,
      code,
      ...(about === null && kind !== undefined ? [name, plugin === "" ? kind : "plugin"] : [about]),
    ]
      .join(" ")
      .trim();
  });
  return { code: run.code, said };
}

describe("the given case dlopen-unversioned", () => {
  it("names the package that may be opened, takes it if asked to, and never calls it unused", async () => {
    const analysis = await analysisOf([given("dlopen-unversioned")]);
    expect(analysis).toMatchObject({ exitCode: 0, install: [], missing: [] });
    expect(openedIn(analysis)).toEqual(["/app/MyApp: libicuuc.so (libicu76)"]);
    const text = await msbDeps([given("dlopen-unversioned"), "-q"]);
    expect(text.stdout).toContain("libicu76 (/app/MyApp contains the name libicuuc.so");
    expect(text.stdout).not.toContain("No package is needed");
    const whole = await analysisOf([given("dlopen-unversioned"), "--with-recommended"]);
    expect(whole).toMatchObject({ install: ["libicu76"], dropped: [] });
    expect(await audited(given("dlopen-unversioned"))).toEqual({ code: 0, said: [] });
  });
});

describe("the given case text-soname", () => {
  it("finds the name in a script, and takes the package of the list if asked to", async () => {
    const analysis = await analysisOf([given("text-soname")]);
    expect(openedIn(analysis)).toEqual(["/app/start: libjemalloc.so.2 (libjemalloc2)"]);
    expect(analysis).toMatchObject({ exitCode: 0, install: [], missing: [] });
    expect((await analysisOf([given("text-soname"), "--with-recommended"])).install).toEqual(["libjemalloc2"]);
    expect(await audited(given("text-soname"))).toEqual({ code: 0, said: [] });
  });
});

describe("the given case psycopg-ctypes", () => {
  it("finds what find_library is called with", async () => {
    const analysis = await analysisOf([given("psycopg-ctypes")]);
    expect(openedIn(analysis)).toEqual(["/app/venv/psycopg/pq/misc.py: libpq.so (libpq5)"]);
    expect(analysis).toMatchObject({ exitCode: 0, install: [], missing: [] });
    expect((await analysisOf([given("psycopg-ctypes"), "--with-recommended"])).install).toEqual(["libpq5"]);
    expect(await audited(given("psycopg-ctypes"))).toEqual({ code: 0, said: [] });
  });
});

describe("the given case dotnet-lttng", () => {
  it("knows that .NET runs without its tracing, and that it opens ICU", async () => {
    const analysis = await analysisOf([given("dotnet-lttng")]);
    expect(analysis).toMatchObject({ exitCode: 0, install: [], missing: [] });
    expect(openedIn(analysis)).toEqual(["/app/libSystem.Globalization.Native.so: libicuuc.so (libicu76)"]);
    expect(analysis.notes.filter(({ code }) => code === "optional-plugin")).toEqual([
      { code: "optional-plugin", path: "/app/libcoreclrtraceptprovider.so", soname: "liblttng-ust.so.0" },
    ]);
    expect(await audited(given("dotnet-lttng"))).toEqual({ code: 0, said: [] });
    const verified = await msbDeps(["verify", given("dotnet-lttng"), "-f", "json"]);
    const { proof } = JSON.parse(verified.stdout) as { readonly proof: Proof };
    expect(proof).toMatchObject({
      unresolved: [],
      exempt: [{ path: "/app/libcoreclrtraceptprovider.so", name: "liblttng-ust.so.0", reason: "optional" }],
    });
  });
});

it("the given case rails-default: the list of the stage below is judged, and only what runs Ruby is missing", async () => {
  const analysis = await analysisOf([given("rails-default")]);
  expect(analysis).toMatchObject({ install: ["ruby"], missing: [] });
  expect(await audited(given("rails-default"))).toEqual({
    code: 1,
    said: ["error missing ruby", "info no-evidence curl", "info renamed libvips", "info no-evidence sqlite3"],
  });
});

it("the given case oracle-libaio: says which package has it under which name", async () => {
  const { missing, exitCode } = await analysisOf([given("oracle-libaio")]);
  expect([exitCode, missing.length]).toEqual([1, 1]);
  expect(missing[0]).toMatchObject({
    ...{ kind: "library", name: "libaio.so.1" },
    hint: expect.stringContaining("libaio1t64 has it as libaio.so.1t64: install libaio1t64 and add a link"),
  });
  expect(await audited(given("oracle-libaio"))).toEqual({
    code: 1,
    said: ["error missing libaio.so.1 library", "error unknown-package libaio1"],
  });
});

it("the given case libssl11-prebuilt: says which releases have the libraries, and what is there today", async () => {
  const { missing, exitCode } = await analysisOf([given("libssl11-prebuilt")]);
  expect(exitCode).toBe(1);
  const stories = [
    ["libffi.so.7", "has libffi.so.8 (libffi8)", "libffi7 of debian 11, ubuntu 20.04, ubuntu 22.04 has it"],
    ["libjpeg.so.8", "has libjpeg.so.62 (libjpeg62-turbo)", "libjpeg-turbo8 of ubuntu 20.04"],
    ["libssl.so.1.1", "has libssl.so.3 (libssl3t64)", "libssl1.1 of debian 11, ubuntu 20.04 has it"],
    ["libtinfo.so.5", "has libtinfo.so.6 (libtinfo6)", "libtinfo5 of debian 11, debian 12, ubuntu 20.04"],
  ] as const;
  expect(missing.map(({ name }) => name)).toEqual(stories.map(([name]) => name));
  for (const [index, [, today, elsewhere]] of stories.entries()) {
    expect(missing[index]?.hint).toContain(today);
    expect(missing[index]?.hint).toContain(elsewhere);
  }
  const { said } = await audited(given("libssl11-prebuilt"));
  expect(said.slice(0, 4)).toEqual(missing.map(({ name }) => `error missing ${name} library`));
  // A version of a missing library: never unused.
  expect(said.slice(4).filter((one) => one.startsWith("warning"))).toEqual([]);
});

it.each([
  ["single-stage-no-build", ["libaio1", "libicu72", "libcdk5", "libddsc0debian"]],
  ["t64-not-provided", ["libaio1", "libcdk5", "libddsc0debian", "libvanessa-socket2", "libicu72"]],
])("the given case %s: without a build, the names that apt refuses are errors", async (name, refused) => {
  const { code, said } = await audited(given(name), "--no-build");
  expect(code).toBe(1);
  expect(said.filter((one) => one.includes("unknown-package")).sort()).toEqual(
    refused.map((one) => `error unknown-package ${one}`).sort(),
  );
  expect(said.filter((one) => !one.includes("unknown-package"))).toEqual(
    expect.arrayContaining(["info renamed libssl3"]),
  );
  const { judged } = JSON.parse((await msbDeps(["audit", given(name), "--no-build", "-f", "json", "-q"])).stdout);
  expect(judged).toContainEqual(expect.objectContaining({ rule: "unused", status: "not-judged" }));
});

const OPENERS = `${toolsStage("trixie")}
FROM tools AS builder
RUN apt-get update && apt-get install -y --no-install-recommends libarchive13t64 libmagic1t64 && rm -rf /var/lib/apt/lists/*
RUN printf '#define _GNU_SOURCE\\n#include <dlfcn.h>\\nint main(int c, char **v) { return dlmopen(LM_ID_NEWLM, v[1], 1) == 0; }\\n' > m.c && gcc -o /opener m.c
RUN printf 'int main(void) { return 0; }\\n' > p.c && gcc -o /plain p.c

FROM ${baseImage("trixie")} AS opens
RUN apt-get update && apt-get install -y --no-install-recommends libarchive13t64 libmagic1t64 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /opener /opener
COPY conf /etc/app
USER 1000
CMD ["/opener"]

FROM ${baseImage("trixie")} AS plain
RUN apt-get update && apt-get install -y --no-install-recommends libarchive13t64 libmagic1t64 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /plain /plain
USER 1000
CMD ["/plain"]
`;

it("a program that opens what it is told to leaves every library possible; one that opens nothing, none", async () => {
  const folder = await folderOf({ Dockerfile: OPENERS, "conf/app.ini": "[a]\nDriver = libmagic.so\n" });
  const opens = ["--runtime", "opens"];
  // `libmagic.so` stands in a text of the context.
  expect(await audited(folder, ...opens)).toEqual({ code: 0, said: ["info no-evidence libarchive13t64"] });
  expect(openedIn(await analysisOf([folder, ...opens]))).toEqual(["conf/app.ini: libmagic.so (libmagic1t64)"]);
  expect((await analysisOf([folder, ...opens, "--with-recommended"])).install).toEqual(["libmagic1t64"]);
  const fixed = await msbDeps(["audit", folder, ...opens, "--fix", "--diff", "--progress", "quiet", "-q"]);
  expect(fixed.stdout).toBe("");
  expect(await audited(folder, "--runtime", "plain")).toEqual({
    code: 1,
    said: ["warning unused libarchive13t64", "warning unused libmagic1t64"],
  });
});

const PLUGINS = `${toolsStage("trixie")}
FROM tools AS builder
WORKDIR /src
RUN printf 'int gone(void) { return 0; }\\n' > gone.c && gcc -shared -fPIC -Wl,-soname,libgone.so.1 -o libgone.so.1 gone.c \\
 && printf 'int gone(void); int plugin(void) { return gone(); }\\n' > plugin.c && mkdir -p /app \\
 && gcc -shared -fPIC -o /app/plugin.so plugin.c ./libgone.so.1 \\
 && gcc -shared -fPIC -o /app/_native.cpython-313-x86_64-linux-gnu.so plugin.c ./libgone.so.1 \\
 && gcc -shared -fPIC -Wl,-soname,libpart.so -o /app/libpart.so plugin.c ./libgone.so.1 \\
 && printf 'int main(void) { return 0; }\\n' > main.c && gcc -o /app/main main.c \\
 && printf 'int plugin(void); int main(void) { return plugin(); }\\n' > linked.c \\
 && gcc -o /app/linked linked.c -L/app -lpart -Wl,--allow-shlib-undefined -Wl,-rpath,'$ORIGIN' \\
 && printf 'from app import _native\\n' > /app/main.py

FROM ${baseImage("trixie")} AS plugin
COPY --from=builder /app/plugin.so /app/main /app/
USER 1000
CMD ["/app/main"]

FROM ${baseImage("trixie")} AS imported
COPY --from=builder /app/_native.cpython-313-x86_64-linux-gnu.so /app/main.py /app/
USER 1000

FROM ${baseImage("trixie")} AS not-imported
COPY --from=builder /app/_native.cpython-313-x86_64-linux-gnu.so /app/
USER 1000

FROM ${baseImage("trixie")} AS linked
COPY --from=builder /app/libpart.so /app/linked /app/
USER 1000
CMD ["/app/linked"]
`;

it("a plugin with a missing library is a warning, unless a program loads it or a script imports it", async () => {
  const folder = await folderOf({ Dockerfile: PLUGINS });
  const missingIn = async (stage: string) => {
    const { missing, exitCode } = await analysisOf([folder, "--runtime", stage]);
    return [exitCode, ...missing.flatMap(({ kind, name }) => (name === "libgone.so.1" ? kind : []))];
  };
  expect(await missingIn("plugin")).toEqual([1, "plugin"]);
  expect(await missingIn("imported")).toEqual([1, "library"]);
  expect(await missingIn("not-imported")).toEqual([1, "plugin"]);
  expect(await missingIn("linked")).toEqual([1, "library"]);
  const about = async (stage: string) =>
    (await audited(folder, "--runtime", stage)).said.filter((one) => /gone/.test(one));
  expect(await about("plugin")).toEqual(["warning missing libgone.so.1 plugin"]);
  expect(await about("imported")).toEqual(["error missing libgone.so.1 library"]);
  const verified = await msbDeps(["verify", folder, "--runtime", "plugin", "-f", "json"]);
  const { proof } = JSON.parse(verified.stdout) as { readonly proof: Proof };
  expect(proof).toMatchObject({ sufficient: null, unproved: [{ path: "/app/plugin.so", reason: "plugin" }] });
});

/** apt refuses names of their lists, or their base image has another tag: they do not build as they are. */
const NOT_BUILT = ["oracle-libaio", "single-stage-no-build", "t64-not-provided"];
const BUILT = readdirSync("test/fixtures/cases").filter((name) => !NOT_BUILT.includes(name));

describe("the image of a fixed file starts as the one before did", () => {
  it.each(BUILT)("%s", async (name) => {
    const folder = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await cp(join("test/fixtures/cases", name), folder, { recursive: true });
    const path = join(folder, "Dockerfile");
    const before = await readFile(path, "utf8");
    const run = await msbDeps(["audit", folder, "--fix", "--progress", "quiet"]);
    const after = await readFile(path, "utf8");
    expect([0, 1, 2], run.stderr).toContain(run.code);
    if (after === before) return;
    const was = await startOf(before, folder);
    // What did not start may be mended by the fix.
    if (was.code === 0) expect(await startOf(after, folder)).toEqual(was);
  });
});

/** What a container of a Dockerfile's last stage says, and its exit code. */
async function startOf(dockerfile: string, contextDir: string): Promise<{ code: number | null; stdout: string }> {
  const engine = await openEngine();
  onTestFinished(async () => expect(await engine.close()).toEqual([]));
  const { image, output } = await build(engine, dockerfile, {}, { contextDir, noCache: false });
  if (image === null) throw new Error(`the build failed:\n${output}`);
  const { code, stdout } = await docker("run", "--rm", "--network", "none", image.reference);
  return { code, stdout };
}
