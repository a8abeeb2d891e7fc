import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/analysis/archive.ts";
import { packageSet } from "../../../src/debian/packages.ts";
import { findingsOf, installs, only, runtime, world } from "../kit.ts";

/** What apt in the base has. */
const archive = (asked: string[], packages: Record<string, string>[]) =>
  openArchive(
    { asked, packages: packages.map((one) => ({ Architecture: "amd64", Version: "1", ...one })), contents: [] },
    "amd64",
  );

describe("where apt was asked", () => {
  const facts = {
    archive: archive(
      ["curl", "curll", "mta", "pager", "libicu72", "libblas.so.3", "liblmbd0"],
      [
        { Package: "curl" },
        ...[
          { Package: "exim", Provides: "mta" },
          { Package: "postfix", Provides: "mta" },
        ],
        { Package: "less", Provides: "pager" },
        ...[
          { Package: "libblas3", Provides: "libblas.so.3" },
          { Package: "libatlas3", Provides: "libblas.so.3" },
        ],
        { Package: "libicu72" },
      ],
    ),
  };
  test.each([
    ["a name of no package", "curll", "absent", []],
    ["one that our table takes for a slip", "liblmbd0", "absent", []],
    ["one that several provide", "mta", "several", ["exim", "postfix"]],
    ["a soname that several provide", "libblas.so.3", "several", ["libatlas3", "libblas3"]],
  ])("%s: %s", (_, name, kind, choices) => {
    expect(only("unknown-package", findingsOf(installs(name), { facts }))).toMatchObject([
      { severity: "error", confidence: "proved", kind, choices },
    ]);
  });

  test.each([
    ["apt has it", installs("curl")],
    ["apt has it, whatever our table says", installs("libicu72")],
    ["exactly one provides it", installs("pager")],
    ["apt was not asked for it", installs("wget")],
    ["the stage adds a source", runtime("COPY x.list /etc/apt/sources.list.d/", "RUN apt-get install -y curll")],
  ])("not: %s", (_, text) => {
    expect(only("unknown-package", findingsOf(text, { facts }))).toEqual([]);
  });
});

describe("unknown-package", () => {
  test.each([
    ["the library of an older release", "libicu72", "absent", "declared", ["libicu76"]],
    ["one of an older Ubuntu", "libssl1.1", "absent", "declared", ["libssl3t64"]],
    ["one that nothing has replaced", "libpcre3", "absent", "declared", []],
    ["a program of an older release", "python3.11", "absent", "declared", ["python3.13"]],
    ["a library of a newer release", "libicu78", "absent", "declared", ["libicu76"]],
    ["a compiler that a security update may bring", "gcc-16", "absent", "heuristic", ["gcc-14", "gcc-13", "gcc-12"]],
    ["a slip of the pen", "liblmbd0", "absent", "heuristic", []],
    ["a slip in a program's name", "wgett", "absent", "heuristic", []],
    // Of all t64 packages these four do not provide their old name.
    ["renamed without Provides", "libaio1", "absent", "declared", ["libaio1t64"]],
    ["renamed without Provides", "libvanessa-socket2", "absent", "declared", ["libvanessa-socket2t64"]],
    ["renamed without Provides, found by its library", "libddsc0debian", "absent", "declared", ["libddsc0t64"]],
    ["renamed without Provides, never in the tables", "libcdk5", "absent", "declared", ["libcdk5t64"]],
    ["one that several packages provide", "liblapack.so.3", "several", "declared", null],
    ["a virtual package of several", "awk", "several", "declared", ["gawk", "mawk", "original-awk"]],
    ["the name of a library", "libssl.so.3", "soname", "declared", ["libssl3t64"]],
    ["the name of no library", "libnothing.so.1", "soname", "declared", []],
  ])("%s: %s", (_, name, kind, confidence, choices) => {
    const found = only("unknown-package", findingsOf(installs(name)));
    expect(found).toMatchObject([{ line: 4, column: 66, package: name, kind, confidence }]);
    expect(found[0]?.severity).toBe(confidence === "heuristic" ? "warning" : "error");
    if (choices !== null) expect(found[0]?.choices).toEqual(choices);
    else expect(found[0]?.choices.length).toBeGreaterThan(1);
  });

  test.each([
    "libicu76",
    "libssl3",
    "libpcre2-8-0",
    "ca-certificates",
    "curl",
    "libapache2-mod-php8.4",
    "libsasl2-modules",
    // Only one package provides each of these.
    "liblapacke.so.3",
    "libsmbclient",
    "libz1",
    // Names that the table leaves out.
    "librust-serde-1+derive-dev",
  ])("not: %s", (name) => {
    expect(only("unknown-package", findingsOf(installs(name)))).toEqual([]);
  });

  test("no error on an architecture whose names the table does not have", () => {
    const s390x = { known: packageSet([], "s390x"), base: packageSet([], "s390x") };
    const found = only("unknown-package", findingsOf(installs("libicu72"), { facts: { world: s390x } }));
    expect(found).toMatchObject([{ severity: "warning", confidence: "heuristic" }]);
  });

  test("not: what dpkg of an image knows", () => {
    const facts = world({}, { libicu72: {} });
    expect(only("unknown-package", findingsOf(installs("libicu72"), { facts }))).toEqual([]);
  });

  test("not: in a release that the tables do not know whole, or not at all", () => {
    for (const base of ["ubuntu:24.04", "alpine:3.20", "debian:stable"])
      expect(only("unknown-package", findingsOf(installs("libicu72").replace("debian:trixie-slim", base)))).toEqual([]);
  });

  test.each([
    ["a script that is downloaded", "RUN curl -fsSL https://a/setup | bash - && apt-get install -y yarn"],
    ["a script of the context", "COPY setup.sh /tmp/\nRUN /tmp/setup.sh && apt-get install -y yarn"],
    ["a tree of the context", "COPY rootfs/ /\nRUN apt-get install -y yarn"],
    ["a stage's files", "RUN --mount=from=builder,target=/x apt-get install -y yarn"],
  ])("not: a name that is no library's, beside %s", (_, lines) => {
    expect(only("unknown-package", findingsOf(runtime(...lines.split("\n"))))).toEqual([]);
  });

  test.each([
    ["debian:bullseye-slim", "libicu72", "error", "declared", ["libicu67"]],
    ["debian:11.11-slim", "libssl3", "error", "declared", ["libssl1.1"]],
    ["debian:forky-slim", "libicu76", "warning", "heuristic", ["libicu78"]],
    ["debian:testing-slim", "libicu76", "warning", "heuristic", ["libicu78"]],
    ["ubuntu:24.04", "libaio1", "warning", "heuristic", ["libaio1t64"]],
    // A package that was not seen may provide the name.
    ["ubuntu:24.04", "libxml2.so.2", "warning", "heuristic", ["libxml2"]],
  ])("in %s: %s", (base, name, severity, confidence, choices) => {
    const found = only("unknown-package", findingsOf(installs(name).replace("debian:trixie-slim", base)));
    expect(found).toMatchObject([{ severity, confidence, choices }]);
  });

  test.each([
    [
      "another repository",
      runtime("RUN echo deb https://a/ b c > /etc/apt/sources.list.d/x.list", "RUN apt-get install -y libicu72"),
    ],
    ["a base image of somebody else's", installs("libicu72").replace("debian:trixie-slim", "python:3.13-slim-trixie")],
  ])("is no error beside %s", (_, text) => {
    expect(only("unknown-package", findingsOf(text))).toMatchObject([{ severity: "warning", confidence: "heuristic" }]);
  });
});
