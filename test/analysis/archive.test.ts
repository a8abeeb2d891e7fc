import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/analysis/archive.ts";
import { candidateNames } from "../../src/analysis/archive-wishes.ts";
import { KEPT_LINES, reachableStanzas } from "../../src/look/apt-facts.ts";

const AVAILABLE = `Package: app
Version: 1
Architecture: amd64
Depends: libone1 (>= 2) | libother, virtual

Package: libone1
Version: 2.1
Architecture: amd64
Pre-Depends: libtwo1

Package: libtwo1
Version: 1
Architecture: amd64

Package: provider
Version: 1
Architecture: all
Provides: virtual (= 3), unasked

Package: stranger
Version: 9
Architecture: amd64
`;

const names = (start: string[]): (string | undefined)[] => reachableStanzas(AVAILABLE, start).map((one) => one.Package);

describe("what is kept of an archive's index", () => {
  test("the packages asked for and all that could come with them, virtual ones too", () => {
    expect(names(["app"])).toEqual(["app", "libone1", "libtwo1", "provider"]);
    expect(names(["libtwo1"])).toEqual(["libtwo1"]);
    expect(names(["no-such", "stranger"])).toEqual(["stranger"]);
    expect(names([])).toEqual([]);
  });

  test("an architecture variant is of its architecture", () => {
    const text = "Package: libv3\nArchitecture: amd64\nArchitecture-Variant: amd64v3\nVersion: 1\n";
    const kept = text.split("\n").filter((line) => new RegExp(KEPT_LINES).test(line));
    expect(kept).toEqual(["Package: libv3", "Architecture: amd64", "Version: 1", ""]);
    expect(reachableStanzas(text, ["libv3"])).toEqual([{ Package: "libv3", Architecture: "amd64", Version: "1" }]);
  });

  test("what is no stanza is left out", () => {
    expect(reachableStanzas("\n\nVersion: 1\n\nnonsense\n\nPackage: a\n", ["a"])).toEqual([]);
  });
});

describe("the archive", () => {
  const archive = openArchive(
    {
      asked: ["app", "gone"],
      packages: reachableStanzas(AVAILABLE, ["app"]),
      contents: [
        {
          package: "perl-base",
          architecture: "amd64",
          files: [{ path: "/usr/bin/perl", type: "file", mode: 0o755, uid: 0, gid: 0, size: 9 }],
        },
      ],
    },
    "amd64",
  );

  test("says what it has, and of what it was asked that it has not", () => {
    expect(archive.known.all.get("libone1:amd64")?.version).toBe("2.1");
    expect([archive.wasAsked("gone"), archive.wasAsked("stranger")]).toEqual([true, false]);
  });

  test("knows a program under either spelling of a merged /usr", () => {
    expect(archive.program("/bin/perl")?.package).toBe("perl-base:amd64");
    expect(archive.program("/usr/bin/python3")).toBeNull();
  });

  test("a file by the name of a library that is none is no library", () => {
    expect(archive.library("perl", null)).toBeNull();
  });
});

describe("the names to try in another release", () => {
  const unknown = () => ({ kind: "unknown" as const, hint: "libhint1" });

  test.each([
    ["libssl.so.3", "libssl3t64", ["libhint1", "libssl3t64", "libssl3"]],
    ["libssl.so.3", "libssl3", ["libhint1", "libssl3", "libssl3t64"]],
    ["libdb-5.3.so", "libdb5.3", ["libhint1", "libdb5.3", "libdb5.3t64", "libdb-5.3"]],
    ["libfoo2.so.1", "other", ["libhint1", "other", "othert64", "libfoo2-1", "libfoo2-1t64"]],
  ])("%s of %s", (soname, owner, expected) => {
    expect(candidateNames(soname, owner, unknown)).toEqual(expected);
  });

  test("the table's names come first", () => {
    expect(candidateNames("libz.so.1", "zlib1g", () => ({ kind: "packages", names: ["a", "b"] }))).toEqual([
      "a",
      "b",
      "zlib1g",
      "zlib1gt64",
      "libz1",
      "libz1t64",
    ]);
  });
});
