import { describe, expect, test } from "vitest";
import type { Artifact, Library } from "../../../src/analysis/model.ts";
import { type Change, findingsOf, installs, needs, only, runtime, world } from "../kit.ts";

const facts = world({}, { libpcap0: {} });

const LIBRARY: Library = {
  ...{ soname: "", path: null, runtimePath: null, direct: true, package: null, status: "base", via: null },
  ...{ searchPath: null, askedBy: "/out/app" },
};
const ARTIFACT: Artifact = {
  ...{ path: "/out/app", stage: null, destinations: [], kind: "executable", interpreter: null, machine: "x86-64" },
  ...{ needed: [], runpath: [], libraries: [] },
};

describe("unused", () => {
  test.each([
    ["a library that nothing needs", installs("liblmdb0"), "libraries", "proved"],
    ["a command that nothing calls", installs("tcpdump"), "commands", "heuristic"],
  ])("%s", (_, text, has, confidence) => {
    const found = only("unused", findingsOf(text, { analysis: {}, facts }));
    expect(found).toMatchObject([{ severity: "warning", has, confidence }]);
  });

  test("a library is a heuristic while one is missing that some package has: the listed one may depend on it", () => {
    const hint = { kind: "not-installed", packages: ["libx1"] } as const;
    const item = {
      kind: "library",
      name: "libx.so.1",
      version: null,
      providedBy: null,
      requiredBy: [],
      chains: [],
    } as const;
    const found = only(
      "unused",
      findingsOf(installs("liblmdb0"), { analysis: { missing: [{ ...item, hint }] }, facts }),
    );
    expect(found).toMatchObject([{ confidence: "heuristic" }]);
  });

  const withScript = runtime("COPY run.sh /", "RUN apt-get install -y liblmdb0 tcpdump");
  test.each([
    ["built-in commands", "echo hello", "heuristic"],
    ["what the list has", "tcpdump -D", "heuristic"],
  ])("a library is at most a heuristic beside a script that was read, of %s", (_, line, confidence) => {
    const context = { "run.sh": `#!/bin/sh\n${line}\n` };
    const found = only("unused", findingsOf(withScript, { analysis: {}, facts, context }));
    expect(found[0]).toMatchObject({ package: "liblmdb0", confidence });
  });

  const scriptOf = (line: string) => ({ analysis: {}, context: { "run.sh": `#!/bin/sh\n${line}\n` } });
  const start = (command: string): string => `${installs("liblmdb0")}${command}\n`;
  const lib = (soname: string) => ({ ...ARTIFACT, libraries: [{ ...LIBRARY, soname }] });
  test.each([
    ["a file uses dlopen", installs("liblmdb0"), { analysis: {}, facts: { openers: ["/out/app"] } }],
    ["CMD starts an interpreter", start('CMD ["python3", "/app"]'), { analysis: {} }],
    ["CMD starts what nobody looked at", start('CMD ["thing"]'), { analysis: {} }],
    ["… behind tini", start('ENTRYPOINT ["tini", "--", "thing"]'), { analysis: {} }],
    ["the base image starts an interpreter", installs("liblmdb0"), { analysis: {}, facts: { baseCommand: ["ruby"] } }],
    [
      "the artifact has an interpreter inside",
      installs("liblmdb0"),
      { analysis: { artifacts: [lib("libpython3.13.so.1.0")] } },
    ],
    ["the artifact opens drivers", installs("liblmdb0"), { analysis: { artifacts: [lib("libodbc.so.2")] } }],
    ["a script was not read", withScript, { analysis: {} }],
    ["a script starts an interpreter", withScript, scriptOf("exec python3 /app/main.py")],
    ["a script starts what nobody looked at", withScript, scriptOf("exec thing")],
    [
      "a file was not searched",
      installs("liblmdb0"),
      { analysis: { notes: [{ code: "names-not-searched", path: null, files: 1 }] } },
    ],
  ] as [string, string, Change][])("a library may be opened where %s", (_, text, change) => {
    const found = findingsOf(text, { ...change, facts: { ...facts, ...change.facts } });
    expect(only("unused", found).filter((one) => one.has === "libraries")).toEqual([]);
    expect(only("no-evidence", found)).toContainEqual(
      expect.objectContaining({ severity: "info", name: "liblmdb0", kind: "opened" }),
    );
  });

  test("by the builder's shlibs where no table has it", () => {
    const change = { ...facts, withShlibs: new Set(["libownthing1"]) };
    expect(only("unused", findingsOf(installs("libownthing1"), { analysis: {}, facts: change }))).toMatchObject([
      { package: "libownthing1" },
    ]);
  });

  const lacks = (name: string) => ({
    ...{ kind: "library" as const, name, version: null, providedBy: null, requiredBy: ["/out/app"], chains: [] },
    hint: null,
  });
  test.each([
    ["the same library under another SONAME", "libaio1t64", "libaio.so.1"],
    ["another version of it", "libssl3t64", "libssl.so.1.1"],
    ["one that other libraries of the package come with", "libicu76", "libicui18n.so.66"],
    ["a package of another release", "libtinfo5", "libtinfo.so.5"],
    ["a companion of it", "openssl", "libssl.so.1.1"],
  ])("not beside a missing library: %s", (_, name, soname) => {
    const change = { analysis: { missing: [lacks(soname)] }, facts };
    const codes = findingsOf(installs(name), change).map(({ code }) => code);
    expect(codes.filter((code) => code === "unused" || code === "no-evidence")).toEqual([]);
    // Alone it is one of the two, or apt refuses it.
    const alone = findingsOf(installs(name), { analysis: {}, facts }).map(({ code }) => code);
    expect(alone.some((code) => code === "unused" || code === "unknown-package")).toBe(true);
  });

  const cmd = (text: string): string => `${installs("redis-tools")}${text}\n`;
  test.each([
    ["an ELF file needs it", installs("liblmdb0"), { packages: [needs("liblmdb0")] }],
    [
      "a note of a file names it",
      installs("liblmdb0"),
      {
        notes: [
          {
            code: "dlopen-suggested" as const,
            path: "/out/app",
            sonames: ["liblmdb.so.0"],
            priority: "suggested",
            feature: null,
            description: null,
          },
        ],
      },
    ],
    [
      "a file holds its name",
      installs("liblmdb0"),
      { notes: [{ code: "possibly-opened" as const, path: "/out/app", soname: "liblmdb.so.0", package: "liblmdb0" }] },
    ],
    [
      "a companion of what is needed",
      installs("libodbccr2"),
      { packages: [needs("libodbc2", { sonames: ["libodbc.so.2"] })] },
    ],
    ["CMD calls a command of it", cmd('CMD ["redis-cli"]'), {}],
    ["HEALTHCHECK does", cmd("HEALTHCHECK CMD redis-cli ping"), {}],
    ["RUN does", cmd("RUN redis-cli --version"), {}],
    ["data", installs("tzdata"), {}],
    ["nobody knows what it holds", installs("someprogram"), {}],
    ["a program that has a library, too", installs("gdb-multiarch"), {}],
    ["a development package", installs("liblmdb-dev"), {}],
    ["removed in the same RUN", runtime("RUN apt-get install -y tcpdump && apt-get purge -y tcpdump"), {}],
    [
      "its command may be called by a script of the context",
      runtime("COPY run.sh /", "RUN apt-get install -y tcpdump"),
      {},
    ],
  ])("not: %s", (_, text, analysis) => {
    expect(only("unused", findingsOf(text, { analysis, facts }))).toEqual([]);
  });

  test.each([
    ["liblmdb0", "liblmdb.so.0"],
    ["liblmdb0", "liblmdb.so"],
    ["liblmdb0", "/usr/lib/*/liblmdb.so.0"],
    ["libnginx-mod-http-geoip2", "ngx_http_geoip2_module.so"],
    ["libapache2-mod-wsgi-py3", "/usr/lib/apache2/modules/mod_wsgi.so"],
    ["php8.4-pgsql", "pdo_pgsql.so"],
  ])("not: a file holds a name of %s, %s", (name, library) => {
    const change = { ...facts, namedLibraries: new Set([library]) };
    const codes = findingsOf(installs(name), { analysis: {}, facts: change }).map(({ code }) => code);
    expect(codes).not.toContain("unused");
    expect(codes).not.toContain("no-evidence");
  });

  test("not: without a build", () => {
    expect(only("unused", findingsOf(installs("liblmdb0 tcpdump")))).toEqual([]);
  });
});
