import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "./scenarios.ts";
import { analysisOf, baseImage, docker, folderOf, msbDeps, type Release, type Run, toolsStage } from "./support.ts";

// Cases 19, 20, 22 and 23: stages, releases, and bases without apt. Each fixture is built from source; what we say of
// the runtime stage is held against that stage, built with what we said, and its own loader.

const TIMEOUT = 600_000;

/** A program that asks for nothing newer than its release's oldest symbols. */
const PLAIN = `
#include <stdio.h>
#include <sqlite3.h>
#include <openssl/evp.h>
#include <libpq-fe.h>
int main(void) { printf("%d %s %d\\n", EVP_MD_size(EVP_sha256()), sqlite3_libversion() ? "ok" : "", PQlibVersion() > 0); return 0; }
`;

/** With this glibc 2.38 and later give __isoc23_strtol. */
const NEWER = `
#define _GNU_SOURCE
#include <stdlib.h>
int main(int argc, char **argv) { return (int)strtol(argv[argc - 1], 0, 10) & 0; }
`;

const FILES = { "plain.c": PLAIN, "newer.c": NEWER };

/** A small library, of a version that its symbols carry, and a program that uses it. */
const ACME = {
  "acme.c": "int acme_one(void) { return 1; }\n#ifdef TWO\nint acme_two(void) { return 2; }\n#endif\n",
  "one.map": "ACME_1 { global: acme_one; local: *; };\n",
  "two.map": "ACME_1 { global: acme_one; local: *; };\nACME_2 { global: acme_two; } ACME_1;\n",
  "uses.c": "int acme_one(void);\nint main(void) { return acme_one() - 1; }\n",
  "uses2.c": "int acme_one(void); int acme_two(void);\nint main(void) { return acme_one() + acme_two() - 3; }\n",
};

/** A stage that packs libacme1 by hand, in two versions. */
function debsStage(folder = "/usr/lib/x86_64-linux-gnu"): string {
  const control = (version: string): string =>
    `printf 'Package: libacme1\\nVersion: ${version}\\nArchitecture: amd64\\nMaintainer: Acme <a@example.org>\\nDescription: test\\n'`;
  return `FROM tools AS debs
COPY acme.c one.map two.map uses.c uses2.c /src/
RUN cd /src \\
 && mkdir -p one${folder} two${folder} one/DEBIAN two/DEBIAN \\
 && gcc -shared -fPIC -Wl,-soname,libacme.so.1,--version-script,one.map -o one${folder}/libacme.so.1 acme.c \\
 && gcc -shared -fPIC -DTWO -Wl,-soname,libacme.so.1,--version-script,two.map -o two${folder}/libacme.so.1 acme.c \\
 && ${control("1.0-1acme")} > one/DEBIAN/control && ${control("2.0-1acme")} > two/DEBIAN/control \\
 && dpkg-deb -b one /acme1.deb && dpkg-deb -b two /acme2.deb
`;
}

const compile = (source: string, out: string, flags: string): string =>
  `RUN mkdir -p ${out.slice(0, out.lastIndexOf("/"))} && gcc -o ${out} /src/${source} ${flags}`;

const LINKED = "-lsqlite3 -lcrypto -lpq -I/usr/include/postgresql";

/** A Dockerfile of a tools stage, a builder and whatever follows, in a folder with the sources. */
async function fixture(
  release: Release,
  lines: readonly string[],
  files: Record<string, string> = FILES,
): Promise<string> {
  const folder = await folderOf({ ...files, Dockerfile: `${toolsStage(release)}${lines.join("\n")}\n` });
  return folder;
}

const look = (folder: string, ...more: string[]): ReturnType<typeof analysisOf> =>
  analysisOf([join(folder, "Dockerfile"), ...more]);

const text = (folder: string, ...more: string[]): Promise<Run> =>
  msbDeps([join(folder, "Dockerfile"), "--progress", "quiet", "-q", ...more]);

interface Built {
  readonly tag: string;
  /** What BuildKit said where it did not build; the command line's own builder may be the old one, which differs. */
  readonly failure: string | null;
}

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine?.close());

/** Builds the runtime stage as the file has it, with lines put behind its last FROM (`first`) or at its end (`last`). */
async function build(folder: string, lines: { first?: string; last?: string } = {}): Promise<Built> {
  const own = await readFile(join(folder, "Dockerfile"), "utf8");
  const at = own.indexOf("\n", own.lastIndexOf("\nFROM ") + 1) + 1;
  const dockerfile = Buffer.from(`${own.slice(0, at)}${lines.first ?? ""}\n${own.slice(at)}${lines.last ?? ""}\n`);
  const common = { dockerfilePath: null, target: null, buildArgs: {}, platform: null, noCache: false, pull: false };
  const signal = new AbortController().signal;
  try {
    const image = await engine.build({
      ...common,
      settings: PLAIN_BUILD,
      dockerfile,
      contextDir: folder,
      onEvent: () => {},
      signal,
    });
    onTestFinished(() => image.release());
    return { tag: image.reference, failure: null };
  } catch (error) {
    return { tag: "", failure: String(error) };
  }
}

const line = (analysis: Analysis): string =>
  analysis.install.length === 0
    ? ""
    : `RUN apt-get update && apt-get install -y --no-install-recommends ${analysis.install.join(" ")}`;

const copyLines = (analysis: Analysis): string =>
  analysis.copy.map((need) => `COPY --from=${need.stage} ${need.source} ${need.destination}`).join("\n");

/** What the image's own loader says: soname → path, or null where it finds nothing. */
async function ldd(image: string, path: string): Promise<Record<string, string | null>> {
  const { stdout } = await docker("run", "--rm", "--entrypoint", "ldd", image, path);
  const rows = [...stdout.matchAll(/^\s*(\S+) => (not found|\/\S+)/gm)];
  return Object.fromEntries(rows.map(([, soname = "", at = ""]) => [soname, at === "not found" ? null : at]));
}

/** Where we say that the direct needs of one artifact will be found. */
function ours(analysis: Analysis, path: string): Record<string, string | null> {
  const artifact = analysis.artifacts.find((one) => one.destinations.includes(path));
  return Object.fromEntries((artifact?.libraries ?? []).map((one) => [one.soname, one.runtimePath]));
}

/** Every direct need is where the real loader finds it. */
async function expectSameAsLoader(analysis: Analysis, image: string, path: string): Promise<void> {
  const real = await ldd(image, path);
  const said = ours(analysis, path);
  expect(Object.keys(said).length).toBeGreaterThan(0);
  for (const [soname, at] of Object.entries(said))
    if (soname in real) expect([soname, real[soname]]).toEqual([soname, at]);
}

const codes = (analysis: Analysis): string[] => analysis.notes.map(({ code }) => code);
const statusOf = (analysis: Analysis, name: string): string | undefined =>
  analysis.packages.find((one) => one.name === name)?.status;

describe("case 19: builder and runtime on different releases", () => {
  const downward = (source: string, flags: string): readonly string[] => [
    "FROM tools AS builder",
    `COPY ${source} /src/`,
    compile(source, "/out/usr/local/bin/app", flags),
    `FROM ${baseImage("bookworm")}`,
    "COPY --from=builder /out/ /",
  ];

  test("a newer builder: names of the runtime's release, versions not proved, nothing implied", {
    timeout: TIMEOUT,
  }, async () => {
    const folder = await fixture("trixie", downward("plain.c", LINKED));
    const analysis = await look(folder);
    expect(analysis.install).toEqual(["libpq5", "libsqlite3-0", "libssl3"]);
    expect(analysis.packages.find(({ name }) => name === "libssl3")?.builderName).toBe("libssl3t64");
    expect(analysis.missing).toEqual([]);
    expect(codes(analysis)).toEqual(
      expect.arrayContaining(["releases-differ", "closure-unknown", "versions-unproved"]),
    );
    expect(analysis.exitCode).toBe(1);
    expect((await text(folder)).stdout).toContain("# UNPROVED: /out/usr/local/bin/app asks for OPENSSL_3.0.0");
  });

  test("--online: apt proves the versions, and libssl3 comes with libpq5", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", downward("plain.c", LINKED));
    const saved = join(folder, "run.json");
    const analysis = await look(folder, "--online", "--save-snapshot", saved);
    expect(analysis.install).toEqual(["libpq5", "libsqlite3-0"]);
    expect(statusOf(analysis, "libssl3")).toBe("implied");
    expect(codes(analysis)).toEqual(["releases-differ"]);
    expect(analysis.exitCode).toBe(0);
    const { tag } = await build(folder, { first: line(analysis) });
    expect((await docker("run", "--rm", tag, "/usr/local/bin/app")).stdout).toBe("32 ok 1\n");
    const installed = await docker("run", "--rm", tag, "dpkg-query", "-W", "libpq5");
    const { candidateVersion } = analysis.packages.find(({ name }) => name === "libpq5") ?? {};
    expect(installed.stdout).toBe(`libpq5:amd64\t${candidateVersion}\n`);
    const replay = await msbDeps(["--snapshot", saved, "-f", "json", "-q"]);
    const { exitCode: _, ...same } = analysis;
    expect(JSON.parse(replay.stdout)).toEqual(same);
  });

  test("a symbol version that the runtime's libc does not have", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", downward("newer.c", ""));
    const analysis = await look(folder);
    expect(analysis.missing.map(({ kind, name, version, requiredBy }) => [kind, name, version, requiredBy])).toEqual([
      ["version", "libc.so.6", "GLIBC_2.38", ["/out/usr/local/bin/app"]],
    ]);
    expect(analysis.missing[0]?.hint).toMatch(/^built against libc6 2\.41\S*, the base has libc6 2\.36\S*; build on/);
    expect(analysis.exitCode).toBe(1);
    const { tag } = await build(folder);
    expect((await docker("run", "--rm", tag, "/usr/local/bin/app")).stderr).toContain("GLIBC_2.38' not found");
  });

  test("an older builder: the names on the other side of t64", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("bookworm", [
      "FROM tools AS builder",
      "COPY plain.c /src/",
      compile("plain.c", "/out/usr/local/bin/app", LINKED),
      `FROM ${baseImage("trixie")}`,
      "COPY --from=builder /out/ /",
    ]);
    const analysis = await look(folder);
    expect(analysis.install).toEqual(["libpq5"]);
    expect(statusOf(analysis, "libssl3t64")).toBe("base");
    expect(codes(analysis)).toEqual(["releases-differ"]);
    expect(analysis.exitCode).toBe(0);
    const { tag } = await build(folder, { first: line(analysis) });
    expect((await docker("run", "--rm", tag, "/usr/local/bin/app")).stdout).toBe("32 ok 1\n");
  });

  /** libacme1 is in no archive; the faux runtime says that it is a release of which our table is partial. */
  const acme = (runtime: readonly string[]): readonly string[] => [
    debsStage(),
    "FROM tools AS builder",
    "COPY --from=debs /acme1.deb /acme1.deb",
    "COPY uses.c plain.c /src/",
    "RUN dpkg -i /acme1.deb",
    compile("uses.c", "/out/usr/local/bin/uses", "-l:libacme.so.1"),
    compile("plain.c", "/out/usr/local/bin/app", LINKED),
    ...runtime,
    "COPY --from=builder /out/ /",
  ];
  const faux = [
    `FROM ${baseImage("bookworm")} AS faux`,
    "RUN sed -i 's/^ID=.*/ID=ubuntu/; s/^VERSION_ID=.*/VERSION_ID=24.04/; s/^VERSION_CODENAME=.*/VERSION_CODENAME=noble/' /etc/os-release",
    "FROM faux",
  ];

  test("a soname that a complete table does not know", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", acme([`FROM ${baseImage("bookworm")}`]), { ...FILES, ...ACME });
    const analysis = await look(folder);
    expect(analysis.missing.map(({ kind, name, hint }) => [kind, name, hint])).toEqual([
      ["library", "libacme.so.1", "no package of debian 12 has it; the builder has it from libacme1"],
    ]);
    expect(analysis.install).toEqual(["libpq5", "libsqlite3-0", "libssl3"]);
    expect(analysis.exitCode).toBe(1);
  });

  test("a soname that a partial table does not know is unknown; apt then says that there is none", {
    timeout: TIMEOUT,
  }, async () => {
    const folder = await fixture("trixie", acme(faux), { ...FILES, ...ACME });
    const analysis = await look(folder);
    expect(analysis.missing).toEqual([]);
    const uses = analysis.artifacts.find(({ path }) => path.endsWith("/uses"));
    expect(uses?.libraries.find(({ soname }) => soname === "libacme.so.1")?.status).toBe("unknown");
    expect(analysis.install).toContain("libssl3t64");
    expect(analysis.exitCode).toBe(1);
    expect((await text(folder)).stdout).toContain("# UNKNOWN: which package brings libacme.so.1 there is not known");

    const online = await look(folder, "--online");
    expect(online.missing.map(({ name, hint }) => [name, hint])).toEqual([
      ["libacme.so.1", "apt in ubuntu 24.04 has no package with it; the builder has it from libacme1"],
    ]);
    // The table's name is not what this archive has: it is found by what the packages hold.
    expect(online.install).toEqual(["libpq5", "libsqlite3-0"]);
    expect(statusOf(online, "libssl3")).toBe("implied");
  });

  test("a base package that is too old is upgraded", { timeout: TIMEOUT }, async () => {
    const folder = await fixture(
      "trixie",
      [
        debsStage(),
        `FROM ${baseImage("trixie")} AS old`,
        "COPY --from=debs /acme1.deb /tmp/",
        "RUN dpkg -i /tmp/acme1.deb",
        "FROM tools AS builder",
        "COPY --from=debs /acme2.deb /",
        "COPY uses.c uses2.c /src/",
        "RUN dpkg -i /acme2.deb",
        compile("uses2.c", "/out/two/app", "-l:libacme.so.1"),
        compile("uses.c", "/out/one/app", "-l:libacme.so.1"),
        "FROM old",
        "COPY --from=builder /out/ /opt/",
      ],
      { ...FILES, ...ACME },
    );
    const analysis = await look(folder);
    expect(analysis.runtime?.base).toBe("old");
    expect(statusOf(analysis, "libacme1")).toBe("upgrade");
    expect(analysis.install).toEqual(["libacme1"]);
    const one = await look(folder, "--artifacts", "/out/one");
    expect([statusOf(one, "libacme1"), one.install]).toEqual(["base", []]);
  });
});

describe("case 20: packages from outside the distribution", () => {
  const withAcme = (install: string): readonly string[] => [
    debsStage(),
    "FROM tools AS builder",
    "COPY --from=debs /acme2.deb /repo/",
    "COPY uses.c /src/",
    install,
    compile("uses.c", "/out/usr/local/bin/uses", "-l:libacme.so.1 -lsqlite3"),
    `FROM ${baseImage("trixie")}`,
    "COPY --from=builder /out/ /",
  ];

  test.each([
    ["a .deb by hand", "RUN dpkg -i /repo/acme2.deb"],
    [
      "a repository of its own",
      `RUN cd /repo && { dpkg-deb -f acme2.deb; echo "Filename: ./acme2.deb"; echo "Size: $(stat -c %s acme2.deb)"; echo "SHA256: $(sha256sum acme2.deb | cut -d' ' -f1)"; } > Packages \\
 && echo 'deb [trusted=yes] file:/repo ./' > /etc/apt/sources.list.d/acme.list && apt-get update && apt-get install -y libacme1 && rm -rf /var/lib/apt/lists/*`,
    ],
  ])("%s: said with its version", { timeout: TIMEOUT }, async (_, install) => {
    const folder = await fixture("trixie", withAcme(install), { ...FILES, ...ACME });
    const analysis = await look(folder);
    expect(analysis.install).toEqual(["libacme1"]);
    expect(analysis.notes.filter(({ code }) => code === "foreign-package-origin")).toEqual([
      {
        code: "foreign-package-origin",
        path: null,
        package: "libacme1",
        version: "2.0-1acme",
        maintainer: "Acme <a@example.org>",
        evidence: "table",
        release: "debian 13",
        candidate: null,
      },
    ]);
    expect((await text(folder)).stdout).toMatch(
      /^# ELSEWHERE: libacme1 2\.0-1acme \(maintainer: Acme <a@example\.org>\) is not from main of debian 13/m,
    );
  });

  test("--online: apt in the runtime base does not have it, so the line leaves it out and says so", {
    timeout: TIMEOUT,
  }, async () => {
    const folder = await fixture("trixie", withAcme("RUN dpkg -i /repo/acme2.deb"), { ...FILES, ...ACME });
    const analysis = await look(folder, "--online");
    expect(analysis.install).toEqual([]);
    expect(statusOf(analysis, "libacme1")).toBe("unavailable");
    expect(analysis.missing.map(({ name, hint }) => [name, hint])).toEqual([
      ["libacme.so.1", "apt in the runtime base has no package libacme1"],
    ]);
    expect(analysis.exitCode).toBe(1);
  });

  test("under a name that the distribution has: unknown without apt, said with it", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS builder",
      "COPY plain.c /src/",
      "RUN mkdir /x && cd /x && apt-get update && apt-get download libpq5 && dpkg-deb -R libpq5*.deb p && sed -i 's/^Version: .*/Version: 99.1-1~pgdg/' p/DEBIAN/control && dpkg-deb -b p new.deb && dpkg -i new.deb; true",
      compile("plain.c", "/out/usr/local/bin/app", LINKED),
      `FROM ${baseImage("trixie")}`,
      "COPY --from=builder /out/ /",
    ]);
    const offline = await look(folder);
    expect(offline.packages.find(({ name }) => name === "libpq5")?.builderVersion).toBe("99.1-1~pgdg");
    expect(codes(offline)).not.toContain("foreign-package-origin");
    const online = await look(folder, "--online");
    const said = online.notes.filter((note) => note.code === "foreign-package-origin");
    expect(said.map(({ package: name, version, evidence }) => [name, version, evidence])).toEqual([
      ["libpq5", "99.1-1~pgdg", "apt"],
    ]);
  });
});

/** A root file system without dpkg and apt, made of a few packages' files; the packages are told as distroless does. */
async function importBase(): Promise<string> {
  const folder = await folderOf({
    Dockerfile: `FROM ${baseImage("trixie")} AS all
RUN mkdir -p /root.new/var/lib/dpkg/status.d && cd / \\
 && (dpkg -L base-files libc6 | sort -u | tar -c --no-recursion -T - 2>/dev/null | tar -x -C /root.new) \\
 && for p in base-files libc6; do dpkg-query -s $p > /root.new/var/lib/dpkg/status.d/$p \\
 && cp /var/lib/dpkg/info/$p*.md5sums /root.new/var/lib/dpkg/status.d/$p.md5sums; done \\
 && ln -sfn usr/lib /root.new/lib && ln -sfn usr/lib64 /root.new/lib64 && rm -rf /root.new/usr/share
FROM scratch
COPY --from=all /root.new/ /
`,
  });
  const made = `msb-cases:${randomBytes(6).toString("hex")}`;
  expect(await docker("build", "-q", "-t", made, folder)).toMatchObject({ code: 0 });
  onTestFinished(() => docker("rmi", "-f", made).then(() => undefined));
  return made;
}

describe("case 22: a runtime stage without apt", () => {
  const scratch: readonly string[] = [
    debsStage("/usr/lib/acme"),
    "FROM tools AS builder",
    "COPY --from=debs /acme1.deb /",
    "COPY plain.c uses.c /src/",
    "RUN dpkg -i /acme1.deb && echo /usr/lib/acme > /etc/ld.so.conf.d/acme.conf && ldconfig",
    compile("uses.c", "/out/bin/app", "-L/usr/lib/acme -l:libacme.so.1 -Wl,--no-as-needed -l:libblas.so.3 -lz"),
    "FROM scratch",
    "COPY --from=builder /out/ /",
  ];

  test("FROM scratch: every library file and the interpreter, and no line", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", scratch, { ...FILES, ...ACME });
    const analysis = await look(folder);
    expect(analysis.install).toEqual([]);
    expect(analysis.exitCode).toBe(1);
    const lib = "/lib/x86_64-linux-gnu";
    expect(analysis.copy.map((need) => [need.source, need.destination, need.package])).toEqual([
      [`${lib}/libblas.so.3`, `${lib}/libblas.so.3`, "libblas3"],
      [`${lib}/libc.so.6`, `${lib}/libc.so.6`, "libc6"],
      [`${lib}/libgcc_s.so.1`, `${lib}/libgcc_s.so.1`, "libgcc-s1"],
      [`${lib}/libm.so.6`, `${lib}/libm.so.6`, "libc6"],
      [`${lib}/libz.so.1`, `${lib}/libz.so.1`, "zlib1g"],
      ["/lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2", "libc6"],
      ["/usr/lib/acme/libacme.so.1", "/usr/lib/x86_64-linux-gnu/libacme.so.1", "libacme1"],
    ]);
    const report = (await text(folder)).stdout;
    expect(report).not.toContain("RUN ");
    expect(report).toContain(`# COPY --from=builder ${lib}/libz.so.1 ${lib}/libz.so.1\n`);
    expect(report).toContain("# In the builder they are of: libacme1, libblas3, libc6, libgcc-s1, zlib1g\n");

    const { tag } = await build(folder, { last: copyLines(analysis) });
    expect((await docker("run", "--rm", tag, "/bin/app")).code).toBe(0);
    const whole = await fixture("trixie", [...scratch, copyLines(analysis)], { ...FILES, ...ACME });
    const after = await look(whole);
    expect([after.copy, after.missing, after.exitCode]).toEqual([[], [], 0]);
    // Any one of them hidden, and it does not start.
    for (const { destination } of analysis.copy) {
      const hidden = await docker("run", "--rm", "-v", `/dev/null:${destination}:ro`, tag, "/bin/app");
      expect([destination, hidden.code === 0]).toEqual([destination, false]);
    }
  });

  test("a base without dpkg and apt: what it lacks is copied, what it has is not", { timeout: TIMEOUT }, async () => {
    const base = await importBase();
    const folder = await fixture("trixie", [
      "FROM tools AS builder",
      "COPY plain.c /src/",
      "RUN printf '#!/usr/bin/perl\\n' > /s.pl && chmod +x /s.pl",
      compile(
        "plain.c",
        "/out/bin/app",
        "-lsqlite3 -lcrypto -I/usr/include/postgresql -Wl,--unresolved-symbols=ignore-all",
      ),
      `FROM ${base}`,
      "COPY --from=builder /out/bin/app /usr/bin/",
      "COPY --from=builder /s.pl /usr/bin/",
    ]);
    const analysis = await look(folder);
    expect(analysis.install).toEqual([]);
    expect(statusOf(analysis, "libc6")).toBe("base");
    expect(analysis.runtime?.packages).toBe(2);
    expect(analysis.copy.map(({ soname }) => soname)).toEqual([
      "libcrypto.so.3",
      "libsqlite3.so.0",
      "libz.so.1",
      "libzstd.so.1",
    ]);
    expect(analysis.missing.map(({ kind, name, hint }) => [kind, name, hint])).toEqual([
      ["interpreter", "/usr/bin/perl", "the runtime base has no apt; the builder has /usr/bin/perl from perl-base"],
    ]);
    const { tag } = await build(folder, { last: copyLines(analysis) });
    // Links of the base are followed, so the loader finds them all.
    const listed = await docker(
      "run",
      "--rm",
      "--entrypoint",
      "/lib64/ld-linux-x86-64.so.2",
      tag,
      "--list",
      "/usr/bin/app",
    );
    expect(listed.stdout).toContain("libsqlite3.so.0 => /lib/x86_64-linux-gnu/libsqlite3.so.0");
    expect(listed.stdout).not.toContain("not found");
  });

  test("a static program needs nothing there", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS builder",
      "COPY newer.c /src/",
      compile("newer.c", "/out/bin/app", "-static"),
      "FROM scratch",
      "COPY --from=builder /out/ /",
    ]);
    const analysis = await look(folder);
    expect([analysis.copy, analysis.install, analysis.exitCode]).toEqual([[], [], 0]);
    expect((await text(folder)).stdout).toMatch(/^# Nothing has to be copied/);
  });

  test("FROM another stage: its packages count as base", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS builder",
      "COPY plain.c /src/",
      compile("plain.c", "/out/usr/local/bin/app", LINKED),
      `FROM ${baseImage("trixie")} AS common`,
      "RUN apt-get update && apt-get install -y --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*",
      "FROM common",
      "COPY --from=builder /out/ /",
    ]);
    const analysis = await look(folder);
    expect(analysis.runtime).toMatchObject({ base: "common", source: "image" });
    expect([statusOf(analysis, "libpq5"), analysis.install, analysis.exitCode]).toEqual(["base", [], 0]);
    const { tag } = await build(folder);
    await expectSameAsLoader(analysis, tag, "/usr/local/bin/app");
  });
});

/** A builder with libacme in /out/lib as a file and a link, and two programs: one finds it by its RUNPATH. */
const PRIVATE: readonly string[] = [
  "FROM tools AS builder",
  "COPY acme.c one.map uses.c plain.c /src/",
  `RUN mkdir -p /out/lib /out/bin && cd /src \\
 && gcc -shared -fPIC -Wl,-soname,libacme.so.1,--version-script,one.map -o /out/lib/libacme.so.1.0 acme.c \\
 && ln -s libacme.so.1.0 /out/lib/libacme.so.1 \\
 && gcc -o /out/bin/uses uses.c /out/lib/libacme.so.1 \\
 && gcc -o /out/bin/near uses.c /out/lib/libacme.so.1 -Wl,-rpath,'$ORIGIN/../lib'`,
];

const privately = (...runtime: string[]): Promise<string> =>
  fixture("trixie", [...PRIVATE, `FROM ${baseImage("trixie")}`, ...runtime], { ...FILES, ...ACME });

/** Of one program: what is missing, and whether it starts in the real runtime stage. */
async function both(
  folder: string,
  program: string,
): Promise<{ missing: unknown[]; starts: boolean; analysis: Analysis }> {
  const analysis = await look(folder);
  const { tag, failure } = await build(folder, { first: line(analysis) });
  if (failure !== null) throw new Error(failure);
  await expectSameAsLoader(analysis, tag, program);
  const starts = (await docker("run", "--rm", tag, program)).code === 0;
  return {
    missing: analysis.missing.map(({ kind, name, providedBy, hint }) => [kind, name, providedBy, hint]),
    starts,
    analysis,
  };
}

describe("case 23: several stages, and how COPY lays files out", () => {
  test("several builders, one of them by way of a hop stage", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS one",
      "COPY plain.c newer.c /src/",
      compile("plain.c", "/out/bin/one", LINKED),
      "FROM tools AS two",
      "COPY newer.c /src/",
      compile("newer.c", "/out/bin/two", "-Wl,--no-as-needed -llapack"),
      "FROM scratch AS dist",
      "COPY --from=one /out/ /stage/",
      `FROM ${baseImage("trixie")}`,
      "COPY --from=dist /stage/bin/one /usr/local/bin/",
      "COPY --from=two /out/ /opt/",
    ]);
    const analysis = await look(folder);
    expect(analysis.builders.map(({ stage }) => stage)).toEqual(["one", "two"]);
    expect(analysis.install).toEqual(["liblapack3", "libpq5"]);
    expect(analysis.artifacts.map(({ stage, path, destinations }) => [stage, path, destinations])).toEqual([
      ["one", "/out/bin/one", ["/usr/local/bin/one"]],
      ["two", "/out/bin/two", ["/opt/bin/two"]],
    ]);
    expect([codes(analysis), analysis.exitCode]).toEqual([[], 0]);
    const { tag } = await build(folder, { first: line(analysis) });
    await expectSameAsLoader(analysis, tag, "/usr/local/bin/one");
    await expectSameAsLoader(analysis, tag, "/opt/bin/two");
  });

  test("what feeds the runtime stage and is not looked at is said", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS builder",
      "COPY newer.c /src/",
      compile("newer.c", "/out/bin/app", ""),
      "FROM tools AS extra",
      "RUN echo 1 > /extra",
      `FROM ${baseImage("trixie")}`,
      "COPY --from=builder /out/bin/app /usr/local/bin/",
      "COPY --from=extra /extra /extra",
      `COPY --from=${baseImage("bookworm")} /etc/debian_version /older`,
      "RUN --mount=type=bind,from=extra,target=/mnt cat /mnt/extra",
    ]);
    const analysis = await look(folder);
    const notes = analysis.notes.filter((note) => note.code === "not-looked-at");
    expect(notes.map(({ from, reason }) => [from, reason])).toEqual([
      [baseImage("bookworm"), "image"],
      ["extra", "other-stage"],
      ["extra", "mount"],
    ]);
    expect(analysis.exitCode).toBe(0);
  });

  test("a stage without dpkg beside the builder is left out and said", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS app",
      "COPY newer.c /src/",
      compile("newer.c", "/out/bin/app", ""),
      "FROM scratch AS assets",
      "COPY newer.c /assets/",
      `FROM ${baseImage("trixie")}`,
      "COPY --from=app /out/bin/app /usr/local/bin/",
      "COPY --from=assets /assets/ /srv/",
    ]);
    const analysis = await look(folder);
    expect(analysis.notes).toMatchObject([{ code: "not-looked-at", from: "assets", reason: "no-dpkg" }]);
    expect(analysis.artifacts.map(({ path }) => path)).toEqual(["/out/bin/app"]);
  });

  test("files, globs, WORKDIR, several artifacts", { timeout: TIMEOUT }, async () => {
    const folder = await fixture("trixie", [
      "FROM tools AS builder",
      "COPY plain.c newer.c /src/",
      compile("plain.c", "/out/bin/app", LINKED),
      compile("newer.c", "/out/bin/apple", ""),
      compile("newer.c", "/out/sbin/tool", ""),
      `FROM ${baseImage("trixie")}`,
      "WORKDIR /srv",
      "COPY --from=builder /out/bin/app /usr/local/bin/",
      "COPY --from=builder /out/bin/app /usr/local/bin/renamed",
      "COPY --from=builder /out/bin/app* globbed/",
      "COPY --from=builder /out/sbin tools",
      "COPY --from=builder /out/sbin/tool /opt",
    ]);
    const analysis = await look(folder);
    const places = Object.fromEntries(analysis.artifacts.map(({ path, destinations }) => [path, destinations]));
    expect(places).toEqual({
      "/out/bin/app": ["/usr/local/bin/app", "/usr/local/bin/renamed", "/srv/globbed/app"],
      "/out/bin/apple": ["/srv/globbed/apple"],
      "/out/sbin/tool": ["/srv/tools/tool", "/opt/tool"],
    });
    const { tag } = await build(folder);
    const all = Object.values(places).flat();
    expect((await docker("run", "--rm", tag, "ls", ...all)).stdout.trim().split("\n").sort()).toEqual([...all].sort());
    const some = await look(folder, "--artifacts", "/out/sbin/tool", "--artifacts", "/out/bin/apple");
    expect([some.artifacts.map(({ path }) => path), some.install]).toEqual([["/out/bin/apple", "/out/sbin/tool"], []]);
    expect(
      (await look(folder, "--artifacts", "/out/bin/app:/elsewhere")).artifacts.map(({ destinations }) => destinations),
    ).toEqual([["/elsewhere"]]);
  });

  test("a link that is named is copied as a file, one in a folder stays a link", { timeout: TIMEOUT }, async () => {
    const named = await both(
      await privately("COPY --from=builder /out/lib/libacme.so.1 /opt/lib/", "COPY --from=builder /out/bin/ /opt/bin/"),
      "/opt/bin/near",
    );
    expect([named.missing[0], named.starts]).toEqual([expect.arrayContaining(["misplaced"]), true]);
    expect(ours(named.analysis, "/opt/bin/near")["libacme.so.1"]).toBe("/opt/bin/../lib/libacme.so.1");
    const kept = await both(
      await privately("COPY --from=builder /out/lib /opt/lib", "COPY --from=builder /out/bin/near /opt/bin/"),
      "/opt/bin/near",
    );
    expect([kept.missing, kept.starts]).toEqual([[], true]);
    // The link alone, by a folder's contents: what it leads to is not there.
    const dangling = await both(
      await privately(
        "COPY --from=builder /out/lib/libacme.so.1.0 /opt/other/",
        "COPY --from=builder /out/bin/near /opt/bin/",
      ),
      "/opt/bin/near",
    );
    expect([dangling.missing.map((one) => (one as string[])[0]), dangling.starts]).toEqual([["misplaced"], false]);
    const globbed = await both(
      await privately(
        "COPY --from=builder /out/lib/libacme.so* /opt/lib/",
        "COPY --from=builder /out/bin/near /opt/bin/",
      ),
      "/opt/bin/near",
    );
    expect([globbed.missing, globbed.starts]).toEqual([[], true]);
  });

  test("a folder lib onto / of a merged /usr: the build fails, and we say so", { timeout: TIMEOUT }, async () => {
    const folder = await privately("COPY --from=builder /out/ /");
    const analysis = await look(folder);
    expect(
      analysis.notes.filter((note) => note.code === "copy-breaks-merged-usr").map(({ path, link }) => [path, link]),
    ).toEqual([
      ["/out/bin", "/bin"],
      ["/out/lib", "/lib"],
    ]);
    expect(analysis.exitCode).toBe(1);
    expect((await text(folder)).stdout).toContain(
      "# BUILD FAILS: COPY of /out/lib puts a folder where the base has a link (/lib)",
    );
    expect((await build(folder)).failure).toContain("cannot copy to non-directory");
    // Named as the destination, the link is followed.
    const fine = await both(
      await privately("COPY --from=builder /out/lib /lib", "COPY --from=builder /out/bin /bin"),
      "/bin/uses",
    );
    expect([codes(fine.analysis), fine.missing, fine.starts]).toEqual([[], [], true]);
  });

  const copies = ["COPY --from=builder /out/bin/uses /usr/local/bin/", "COPY --from=builder /out/lib/ /usr/local/lib/"];
  const misplaced = (hint: string): unknown[] => [["misplaced", "libacme.so.1", "/usr/local/lib/libacme.so.1.0", hint]];

  test.each([
    ["never", copies, false],
    ["before the COPY", ["RUN ldconfig", ...copies], false],
    ["after the COPY", [...copies, "RUN ldconfig"], true],
    [
      "by an apt run after the COPY",
      [...copies, "RUN apt-get update && apt-get install -y --no-install-recommends libpq5"],
      true,
    ],
  ])("ldconfig %s", { timeout: TIMEOUT }, async (_, lines, found) => {
    const { missing, starts } = await both(await privately(...lines), "/usr/local/bin/uses");
    expect(starts).toBe(found);
    expect(missing).toEqual(found ? [] : misplaced(expect.stringMatching(/^run ldconfig after the COPY in line \d+$/)));
  });

  test("a folder that no ld.so.conf names: ldconfig is no cure, and LD_LIBRARY_PATH is one", {
    timeout: TIMEOUT,
  }, async () => {
    const there = ["COPY --from=builder /out/bin/uses /usr/local/bin/", "COPY --from=builder /out/lib/ /opt/acme/"];
    const without = await both(await privately(...there, "RUN ldconfig"), "/usr/local/bin/uses");
    expect([without.missing, without.starts]).toEqual([
      [
        [
          "misplaced",
          "libacme.so.1",
          "/opt/acme/libacme.so.1.0",
          expect.stringMatching(/^\/opt\/acme is in no ld\.so\.conf of the base/),
        ],
      ],
      false,
    ]);
    const withPath = await both(await privately(...there, "ENV LD_LIBRARY_PATH=/opt/acme"), "/usr/local/bin/uses");
    expect([withPath.missing, withPath.starts]).toEqual([[], true]);
  });
});
