import { describe, expect, test } from "vitest";
import { findingsOf, installs, needs, only, runtime, world } from "../kit.ts";

const facts = world({}, { libpcap0: {} });

describe("unused", () => {
  test.each([
    ["a library that nothing needs", installs("liblmdb0"), "libraries", "proved"],
    ["… beside an interpreter", `${installs("liblmdb0")}CMD ["python3", "/app"]\n`, "libraries", "heuristic"],
    [
      "… beside scripts from the context",
      runtime("COPY run.sh /", "RUN apt-get install -y liblmdb0"),
      "libraries",
      "heuristic",
    ],
    ["a command that nothing calls", installs("tcpdump"), "commands", "heuristic"],
  ])("%s", (_, text, has, confidence) => {
    const found = only("unused", findingsOf(text, { analysis: {}, facts }));
    expect(found).toMatchObject([{ severity: "warning", has, confidence }]);
  });

  test("a library is only declared unused where files were not searched for its name", () => {
    const notes = [{ code: "names-not-searched", path: null, files: 1 }] as const;
    expect(only("unused", findingsOf(installs("liblmdb0"), { analysis: { notes }, facts }))).toMatchObject([
      { confidence: "declared" },
    ]);
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

  test("not: a file holds the name of one that the builder has not", () => {
    const change = { ...facts, namesInArtifacts: new Set(["liblmdb.so.0"]) };
    expect(only("unused", findingsOf(installs("liblmdb0"), { analysis: {}, facts: change }))).toEqual([]);
  });

  test("not: without a build", () => {
    expect(only("unused", findingsOf(installs("liblmdb0 tcpdump")))).toEqual([]);
  });
});
