import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Analysis, Artifact, Note } from "../../src/analysis/model.ts";
import { analysisOf, baseImage, msbDeps, RELEASES, type Release, toolsStage } from "./support.ts";

/** Sources and scripts that make the artifacts, each case in a folder of its own. */
const CONTEXT = resolve("test/fixtures/hard-files");

/**
 * The main suite alone, as a mirror's other indexes of i386 can be out of date; two architectures of a package must be of
 * one version, so what is there already may become older. deb822 sources (sources.list(5)), apt_preferences(5).
 */
const MAIN_SUITE = `sources=/etc/apt/sources.list.d/debian.sources && . /etc/os-release \\
 && sed -n "s/^Suites:.*/Suites: $VERSION_CODENAME/; p; /^$/q" $sources > /tmp/sources && mv /tmp/sources $sources \\
 && printf 'Package: *\\nPin: release *\\nPin-Priority: 1001\\n' > /etc/apt/preferences.d/main-suite`;

/** All fixtures of a release, in one file. */
function dockerfile(release: Release): string {
  return `${toolsStage(release)}
FROM tools AS plain
RUN apt-get update && apt-get install -y --no-install-recommends libbz2-dev liblmdb-dev libpython3-dev musl-tools && rm -rf /var/lib/apt/lists/*
FROM tools AS multiarch
RUN ${MAIN_SUITE} && dpkg --add-architecture i386 && dpkg --add-architecture arm64 && apt-get update && apt-get install -y --allow-downgrades --no-install-recommends gcc-aarch64-linux-gnu libbz2-dev:i386 libgcc-$(gcc -dumpversion)-dev:i386 libbz2-dev:arm64 && rm -rf /var/lib/apt/lists/*
COPY . /src/
RUN /src/cross.sh
FROM multiarch AS no-32-bit
RUN dd if=/dev/zero of=/lib/ld-linux.so.2 bs=1 seek=44 count=2 conv=notrunc status=none
FROM plain AS builder
COPY . /src/
RUN /src/build.sh
COPY --from=multiarch /c11/arm64 /c11/arm64
FROM ${baseImage(release)} AS runtime
`;
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

interface Looked {
  readonly analysis: Analysis & { readonly exitCode: number | null };
  /** Where the run was saved. */
  readonly saved: string;
}

async function lookAt(release: Release, target: string, cases: readonly string[]): Promise<Looked> {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
  folders.push(folder);
  await writeFile(`${folder}/Dockerfile`, dockerfile(release));
  const saved = `${folder}/run.json`;
  const artifacts = cases.flatMap((one) => ["--artifacts", `/${one}:/${one}`]);
  const where = [`${folder}/Dockerfile`, "--context", CONTEXT, "--target", target, "--save-snapshot", saved];
  return { analysis: await analysisOf([...where, ...artifacts]), saved };
}

/** What the saved run says in another way. */
const replay = async (saved: string, ...flags: string[]): Promise<string> =>
  (await msbDeps(["--snapshot", saved, "-q", ...flags])).stdout;

const under = (analysis: Analysis, folder: string): Artifact[] =>
  analysis.artifacts.filter(({ path }) => path.startsWith(`/${folder}/`));

const kinds = (artifacts: readonly Artifact[]): Record<string, string> =>
  Object.fromEntries(artifacts.map(({ path, kind }) => [path.slice(path.indexOf("/", 1) + 1), kind]));

const statuses = ({ libraries }: Artifact): Record<string, string> =>
  Object.fromEntries(libraries.map(({ soname, status }) => [soname, status]));

const notesOf = (analysis: Analysis, ...codes: Note["code"][]): Note[] =>
  analysis.notes.filter(({ code }) => codes.includes(code));

const reasonsOf = (analysis: Analysis, name: string): string[] =>
  analysis.packages
    .filter((one) => one.name === name)
    .flatMap(({ reasons }) => reasons.map(({ artifact, kind }) => `${kind} ${artifact}`));

/** ELF header, one segment, `mov $1, %eax; mov $42, %ebx; int $0x80`: a 32-bit program that ends with 42. */
const I386_PROGRAM = Buffer.from(
  "7f454c46010101000000000000000000020003000100000054800408340000000000000000000000340020000100000000000000" +
    "0100000000000000008004080080040860000000600000000500000000100000b801000000bb2a000000cd80",
  "hex",
);

/** Whether this machine's kernel runs 32-bit programs. */
async function runsI386(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
  folders.push(folder);
  await writeFile(join(folder, "i386"), I386_PROGRAM, { mode: 0o755 });
  return spawnSync(join(folder, "i386")).status === 42;
}

const find = (analysis: Analysis, path: string): Artifact => {
  const found = analysis.artifacts.find((one) => one.path === path);
  if (found === undefined) throw new Error(`no artifact ${path}`);
  return found;
};

const PYTHON: Readonly<Record<Release, { tag: string; library: string }>> = {
  trixie: { tag: "cpython-313-x86_64-linux-gnu", library: "libpython3.13" },
  bookworm: { tag: "cpython-311-x86_64-linux-gnu", library: "libpython3.11" },
};

describe.each(RELEASES)("on %s, what is there to be seen", (release) => {
  let analysis: Looked["analysis"];
  beforeAll(async () => {
    ({ analysis } = await lookAt(release, "builder", ["c9", "c10", "c11", "c13e", "c16", "c18"]));
  });

  it("needs these packages, and nothing is missing", () => {
    expect(analysis.install).toEqual(["liblmdb0", "libpq5", PYTHON[release].library]);
    expect(analysis).toMatchObject({ complete: true, missing: [], copy: [], unreadable: [], exitCode: 0 });
  });

  it("9: takes ELF by its magic, whatever its mode and name", () => {
    expect(kinds(under(analysis, "c9"))).toEqual({
      "bin/odd": "executable",
      "data.bin": "executable",
      "lib/libbeta.so.1.2-beta": "shared-object",
      "lib/libodd-1.2.so": "shared-object",
      "lib/libplain.so.1": "shared-object",
      "lib/librunnable.so.1": "shared-object",
      "lib/libwide++.so.3": "shared-object",
    });
    expect(reasonsOf(analysis, "liblmdb0")).toEqual(["needed /c9/lib/libplain.so.1"]);
    expect(reasonsOf(analysis, "libpq5")).toEqual(["needed /c9/data.bin"]);
    expect(statuses(find(analysis, "/c9/bin/odd"))).toEqual({
      "libbeta.so.1.2-beta": "artifact",
      "libc.so.6": "base",
      "libodd-1.2.so": "artifact",
      "libwide++.so.3": "artifact",
    });
  });

  it("10: asks for nothing where there is nothing for a loader to do", () => {
    const artifacts = under(analysis, "c10");
    expect(kinds(artifacts)).toEqual({ "alone.so": "shared-object", static: "static", "static-pie": "static" });
    expect(artifacts.map(({ libraries }) => libraries)).toEqual([[], [], []]);
  });

  it("11: notes what is for another machine or another libc", () => {
    const artifacts = under(analysis, "c11");
    expect(new Set(artifacts.map(({ kind, libraries }) => `${kind} ${libraries.length}`))).toEqual(
      new Set(["foreign 0"]),
    );
    expect(notesOf(analysis, "android", "foreign-architecture", "musl")).toEqual([
      { code: "android", path: "/c11/android" },
      { code: "android", path: "/c11/libandroid.so" },
      { code: "foreign-architecture", path: "/c11/arm64", machine: "aarch64" },
      { code: "musl", path: "/c11/musl" },
    ]);
  });

  it("13: takes no interpreter for a module whose program has Python inside", () => {
    expect(analysis.packages.map(({ name }) => name)).not.toContain("python3");
    expect(reasonsOf(analysis, PYTHON[release].library)).toEqual(["needed /c13e/embeds"]);
  });

  it("16: leaves to the host what the host lends", () => {
    expect(statuses(find(analysis, "/c16/gpu"))).toEqual({
      "libc.so.6": "base",
      "libcuda.so.1": "host",
      "libnvidia-ml.so.1": "host",
    });
  });

  it("18: notes damage, and takes object files, debug files and core dumps for no programs", () => {
    expect(kinds(under(analysis, "c18"))).toEqual({
      "big-endian": "static",
      core: "other",
      "header-cut": "damaged",
      "headers-outside": "damaged",
      "huge-count": "damaged",
      "huge-dynamic": "damaged",
      "magic-only": "damaged",
      "no-class": "damaged",
      "not-known-type": "other",
      "object.o": "other",
      "odd-entry-size": "damaged",
      truncated: "damaged",
      "whole.debug": "other",
    });
    const damaged = under(analysis, "c18").filter(({ kind }) => kind === "damaged");
    expect(notesOf(analysis, "damaged-elf").map(({ path }) => path)).toEqual(damaged.map(({ path }) => path));
  });
});

describe.each(RELEASES)("on %s, interpreters and what is opened", (release) => {
  let looked: Looked;
  let analysis: Looked["analysis"];
  const { tag } = PYTHON[release];
  beforeAll(async () => {
    looked = await lookAt(release, "builder", ["c12", "c13", "c14", "c15"]);
    analysis = looked.analysis;
  });

  it("12, 13, 14: fails for what is missing, and for nothing else", () => {
    expect(analysis.exitCode).toBe(1);
    expect(analysis.missing.map(({ kind, name, requiredBy }) => `${kind} ${name} ${requiredBy}`)).toEqual([
      "interpreter /bin/sh\r /c13/bin/crlf",
      "interpreter /opt/nowhere/ld.so /c12/bin/nowhere",
      "interpreter /opt/tool/bin/tool /c13/bin/unowned",
      "library libabsent.so.1 /c14/absent",
    ]);
    expect(analysis.missing[3]?.alternatives).toEqual(["libabsent.so.2"]);
    // libsqlite3-0 is in the base of trixie, and python3 brings it on bookworm.
    expect(analysis.install).toEqual(["libpq5", "python3"]);
  });

  it("12: never runs an artifact's own interpreter", async () => {
    expect(find(analysis, "/c12/bin/own")).toMatchObject({ interpreter: "/c12/lib/evil-ld.so", kind: "executable" });
    expect(await readFile(looked.saved, "utf8")).not.toContain("pwned");
  });

  it("13: counts the interpreters of scripts and of Python's modules as needs", () => {
    expect(reasonsOf(analysis, "python3")).toEqual([
      "interpreter /c13/bin/python",
      `interpreter /c13/py/mod.${tag}.so`,
      "interpreter /c13/py/stable.abi3.so",
    ]);
    expect(reasonsOf(analysis, "dash")).toEqual(["interpreter /c13/bin/no-newline"]);
    expect(reasonsOf(analysis, "coreutils")).toEqual(["interpreter /c13/bin/env-split"]);
    expect(reasonsOf(analysis, "perl-base")).toEqual(["interpreter /c13/bin/env-split"]);
    expect(find(analysis, "/c13/bin/bare")).toMatchObject({ kind: "script", interpreter: null });
    expect(find(analysis, "/c13/bin/own")).toMatchObject({ kind: "script", interpreter: "/c13/bin/interpreter" });
    expect(notesOf(analysis, "interpreter-unowned")).toEqual([
      { code: "interpreter-unowned", path: "/c13/bin/unowned", interpreter: "/opt/tool/bin/tool" },
    ]);
  });

  it("14: takes what is required, one of several names each, and lists the rest", () => {
    expect(reasonsOf(analysis, "libsqlite3-0")).toEqual(["dlopen /c14/required"]);
    expect(reasonsOf(analysis, "libpq5")).toEqual(["dlopen /c14/alternatives"]);
    expect(reasonsOf(analysis, "zlib1g")).toEqual(["dlopen /c14/alternatives"]);
    const wished = analysis.suggested.filter(({ package: name }) => name === "liblmdb0" || name === "libodbc2");
    expect(wished).toEqual([
      { package: "liblmdb0", strength: "recommended", trigger: "liblmdb.so.0", reason: "a fast cache" },
      { package: "libodbc2", strength: "suggested", trigger: "libodbc.so.2", reason: "odbc" },
    ]);
    expect(notesOf(analysis, "dlopen-damaged", "dlopen-suggested")).toEqual([
      { code: "dlopen-damaged", path: "/c14/not-json", reason: "it is not JSON" },
      { code: "dlopen-damaged", path: "/c14/not-known", reason: "an entry has an unknown priority" },
      {
        ...{ code: "dlopen-suggested", path: "/c14/unheard-of", sonames: ["libabsent.so.3"] },
        ...{ priority: "suggested", feature: "x", description: null },
      },
      {
        ...{ code: "dlopen-suggested", path: "/c14/unheard-of", sonames: ["libabsent.so.4"] },
        ...{ priority: "recommended", feature: null, description: null },
      },
    ]);
  });

  it("15: shows companions, and adds the recommended ones when asked to", async () => {
    const strengths = Object.fromEntries(analysis.suggested.map((one) => [one.package, one.strength]));
    expect(strengths).toMatchObject({ "ca-certificates": "recommended", openssl: "suggested", perl: "recommended" });
    const whole = JSON.parse(await replay(looked.saved, "--with-recommended", "-f", "json")) as Analysis;
    const more = ["ca-certificates", "liblmdb0", "perl"];
    expect(whole.install.filter((name) => !analysis.install.includes(name))).toEqual(expect.arrayContaining(more));
    expect(whole.install).not.toContain("openssl");
    expect(whole.packages.find(({ name }) => name === "perl")?.reasons).toEqual([
      {
        ...{ artifact: "/c13/bin/env-split", kind: "recommended", chain: [{ soname: "perl", path: "/usr/bin/perl" }] },
        because: "most of the standard modules: perl-base has only those that Essential packages use",
      },
    ]);
    expect(reasonsOf(whole, "liblmdb0")).toEqual(["dlopen /c14/recommended"]);
    expect(whole.missing).toEqual(analysis.missing);
    expect(await replay(looked.saved, "--with-recommended", "-f", "json")).toBe(`${JSON.stringify(whole, null, 2)}\n`);
  });

  it("15: shows sonames in read-only data that would be opened from a package of the builder", () => {
    expect(notesOf(analysis, "possibly-opened")).toEqual([
      { code: "possibly-opened", path: "/c15/names", soname: "liblmdb.so.0", package: "liblmdb0" },
    ]);
  });
});

describe.each(RELEASES)("on %s, names and entries of every kind", (release) => {
  it("17: takes no wrong turn and runs nothing", async () => {
    const { analysis, saved } = await lookAt(release, "builder", ["c17"]);
    expect(analysis).toMatchObject({ complete: true, unreadable: [], missing: [], install: ["libpq5"], exitCode: 0 });
    const names = ["\x1b[31mred", "#!", "$(touch pwned)", "%s%n", "--artifacts", "-rf", "...", "; touch pwned", "`id`"];
    const more = [
      "a".repeat(255),
      "bad\\xff\\xfe",
      "new\nline",
      "q\"uo'te",
      "star*[x]?\\y",
      "with space",
      "\u00e4\u202e",
    ];
    const paths = [...names, ...more].map((name) => `/c17/bin/${name}`);
    const others = ["/c17/closed/app", "/c17/hard1", "/c17/hard2", "/c17/sparse-elf"];
    expect(analysis.artifacts.map(({ path }) => path).sort()).toEqual([...paths, ...others].sort());
    for (const artifact of analysis.artifacts) expect(statuses(artifact)["libpq.so.5"]).toBe("package");
    const bad = analysis.artifacts.find(({ pathBase64 }) => pathBase64 !== undefined);
    expect(Buffer.from(bad?.pathBase64 ?? "", "base64").toString("latin1")).toBe("/c17/bin/bad\xff\xfe");
    const text = await replay(saved);
    expect(text).toMatch(/^RUN apt-get update && apt-get install -y --no-install-recommends \\\n {4}libpq5 \\\n/m);
    for (const trace of ["pwned", "\x1b"]) expect(text).not.toContain(trace);
  });
});

describe.each(RELEASES)("on %s, with libraries of other architectures installed", (release) => {
  it("11: names the other architectures' packages, running only what this machine runs", async () => {
    const { analysis, saved } = await lookAt(release, "multiarch", ["c11"]);
    expect(analysis).toMatchObject({ complete: true, missing: [], exitCode: 0 });
    expect(analysis.install).toEqual(["libbz2-1.0:arm64", "libbz2-1.0:i386"]);
    const seen = analysis.packages.map(({ name, architecture, status }) => `${name}:${architecture} ${status}`);
    expect(seen).toEqual(expect.arrayContaining(["libc6:arm64 implied", "libc6:i386 implied"]));
    expect(statuses(find(analysis, "/c11/i386"))).toEqual({ "libbz2.so.1.0": "package", "libc.so.6": "package" });
    expect(find(analysis, "/c11/arm64").libraries[0]).toMatchObject({
      ...{ soname: "libbz2.so.1.0", package: "libbz2-1.0:arm64", path: "/lib/aarch64-linux-gnu/libbz2.so.1.0" },
    });
    expect(notesOf(analysis, "foreign-architecture", "loader-differs")).toEqual([]);
    const notAsked = (path: string, reason: string) => ({ code: "loader-not-asked", path, reason, files: 1 });
    expect(notesOf(analysis, "loader-not-asked")).toEqual([
      notAsked("/c11/arm64", "it is for another machine"),
      ...((await runsI386()) ? [] : [notAsked("/c11/i386", "it cannot be run")]),
    ]);
    const prepare = "dpkg --add-architecture arm64 && dpkg --add-architecture i386 && apt-get update && ";
    const line = `${prepare}apt-get install -y --no-install-recommends libbz2-1.0:arm64 libbz2-1.0:i386 && `;
    expect(await replay(saved, "-f", "line")).toBe(`${line}rm -rf /var/lib/apt/lists/*\n`);
    expect(await replay(saved)).toContain(`RUN ${prepare}apt-get install -y --no-install-recommends \\\n`);
  });

  it("11: answers by our rules where the kernel cannot run a loader", async () => {
    // Without program headers: execve(2) fails with ENOEXEC, as it does for all 32-bit programs on some kernels.
    const { analysis } = await lookAt(release, "no-32-bit", ["c11"]);
    expect(analysis).toMatchObject({ complete: true, missing: [], exitCode: 0 });
    expect(analysis.install).toEqual(["libbz2-1.0:arm64", "libbz2-1.0:i386"]);
    expect(notesOf(analysis, "loader-differs")).toEqual([]);
    expect(notesOf(analysis, "loader-not-asked")).toContainEqual({
      ...{ code: "loader-not-asked", path: "/c11/i386", reason: "it cannot be run", files: 1 },
    });
  });
});
