import { describe, expect, test } from "vitest";
import { findingsOf, installs, needs, only, runtime, world } from "../kit.ts";

const facts = world(
  {},
  {
    "libfoo-dev": { Section: "libdevel", Source: "foo", Depends: "libfoo1 (= 1), libc6-dev" },
    libfoo1: { Source: "foo" },
    "libc6-dev": {},
    oddtool: { Section: "devel" },
  },
);

describe("dev-package", () => {
  test.each([
    ["headers, by their section", "libfoo-dev", "proved", []],
    ["by its section alone", "oddtool", "proved", []],
    ["headers, by their name", "libpq-dev", "declared", []],
    ["a compiler", "gcc", "declared", []],
    ["a compiler with its version", "g++-14", "declared", []],
    ["the lot", "build-essential", "declared", []],
  ])("%s", (_, name, confidence, instead) => {
    const found = only("dev-package", findingsOf(installs(name), { analysis: {}, facts }));
    expect(found).toMatchObject([{ severity: "warning", package: name, confidence, instead }]);
  });

  test.each([
    ["of the same source", "libfoo-dev", [needs("libfoo1")], ["libfoo1"]],
    ["by its name, if it is not installed in the builder", "libpq-dev", [needs("libpq5")], ["libpq5"]],
    ["with the suffix of 64-bit time_t", "libssl-dev", [needs("libssl3t64")], ["libssl3t64"]],
    ["the base has it", "libpq-dev", [needs("libpq5", { status: "base" })], []],
    ["another library whose name begins alike", "libpq-dev", [needs("libpqxx-7.10")], []],
    ["another library", "libpq-dev", [needs("libxml2")], []],
  ])("names the library that the artifacts need: %s", (_, name, packages, instead) => {
    expect(only("dev-package", findingsOf(installs(name), { analysis: { packages }, facts }))).toMatchObject([
      { instead },
    ]);
  });

  test.each([
    ["in the same RUN", "RUN apt-get install -y gcc && pip install lxml"],
    ["in a later one", "RUN apt-get install -y gcc\nRUN make -C /src"],
    ["with its version", "RUN apt-get install -y gcc\nRUN pip3.12 install lxml"],
    ["as a module", "RUN apt-get install -y gcc\nRUN python3 -m pip install lxml"],
    ["by configure", "RUN apt-get install -y gcc\nRUN cd /src && ./configure --prefix=/usr"],
  ])("is no fault where the stage builds: %s", (_, lines) => {
    const found = only("dev-package", findingsOf(runtime(...lines.split("\n"))));
    expect(found).toMatchObject([{ severity: "info", builds: true, line: 4 }]);
  });

  test.each([
    ["before it is installed", "RUN pip install lxml\nRUN apt-get install -y gcc"],
    ["nothing that builds", "RUN apt-get install -y gcc && ldconfig && useradd make"],
  ])("is a fault: %s", (_, lines) => {
    expect(only("dev-package", findingsOf(runtime(...lines.split("\n"))))).toMatchObject([{ severity: "warning" }]);
  });

  test("of a stage below, another stage builds with it", () => {
    const text =
      "FROM debian:13 AS base\nRUN apt-get install -y gcc\nFROM base AS builder\nRUN make\nFROM base\nCOPY --from=builder /a /a\n";
    expect(only("dev-package", findingsOf(text))).toMatchObject([{ severity: "warning", builds: false, line: 2 }]);
  });

  test("asks for one thing: not for another name too, and not at all of what does not exist", () => {
    const codes = (name: string) => findingsOf(installs(name), { facts }).map(({ code }) => code);
    const named = world({}, { "libncurses-dev": { Provides: "libncurses5-dev" } });
    const renamed = findingsOf(installs("libncurses5-dev"), { facts: named }).map(({ code }) => code);
    expect(renamed.filter((code) => code === "renamed" || code === "dev-package")).toEqual(["dev-package"]);
    expect(codes("gcc")).toContain("dev-package");
  });

  test("without a build, too", () => {
    expect(only("dev-package", findingsOf(installs("gcc")))).toHaveLength(1);
  });

  test.each([
    ["a library", installs("libpq5"), {}],
    ["an artifact needs its unversioned library", installs("libfoo-dev"), { packages: [needs("libfoo-dev")] }],
    [
      "CMD calls it",
      installs("gcc"),
      { dropped: [{ package: "gcc", reason: "no-evidence" as const, calledBy: "CMD" }] },
    ],
    ["taken away in the same RUN", runtime("RUN apt-get install -y gcc && make && apt-get purge -y gcc"), {}],
    [
      "swept away in the same RUN",
      runtime("RUN apt-mark auto '.*' && apt-get install -y gcc && apt-get purge -y --auto-remove"),
      {},
    ],
  ])("not: %s", (_, text, analysis) => {
    expect(only("dev-package", findingsOf(text, { analysis, facts }))).toEqual([]);
  });

  test("not: in the builder stage", () => {
    const text = runtime().replace("RUN make", "RUN apt-get install -y gcc");
    expect(only("dev-package", findingsOf(text))).toEqual([]);
  });
});
