import { describe, expect, test } from "vitest";
import { readShlibs, shlibsFor, splitSoname } from "../../src/debian/shlibs.ts";

test.each([
  ["libz.so.1", { library: "libz", version: "1" }],
  ["libboost_a.so.1.74.0", { library: "libboost_a", version: "1.74.0" }],
  ["libfoo.so.1.so.2", { library: "libfoo.so.1", version: "2" }],
  ["libapt-pkg-1.2.so", { library: "libapt-pkg", version: "1.2" }],
  ["libsystemd-shared-252.so", { library: "libsystemd-shared", version: "252" }],
  ["libnss3.so", null],
  [".so.1", null],
  ["libx.so.", null],
  [`${"-1".repeat(50_000)}x`, null],
])("splitSoname %#", (soname, expected) => {
  expect(splitSoname(soname)).toEqual(expected);
});

describe("readShlibs", () => {
  const entries = readShlibs([
    "libblas3:amd64: libblas 3 libblas3 | libblas.so.3",
    "zlib1g:amd64: libz 1 zlib1g (>= 1:1.2.0)",
    "zlib1g:amd64: udeb: libz 1 zlib1g-udeb (>= 1:1.2.0)",
    "a: deb: liba 1 a1",
    "b: # comment here",
    "c: libonly",
    "nonsense",
  ]);

  test("by soname, other package types left out", () => {
    expect(shlibsFor("libblas.so.3", entries)).toMatchObject([
      { package: "libblas3:amd64", text: "libblas3 | libblas.so.3" },
    ]);
    expect(shlibsFor("libz.so.1", entries)).toHaveLength(1);
    expect(shlibsFor("liba.so.1", entries)).toHaveLength(1);
    expect(shlibsFor("libnss3.so", entries)).toEqual([]);
    expect(entries).toHaveLength(3);
  });

  test("all alternatives are there", () => {
    const [entry] = shlibsFor("libblas.so.3", entries);
    expect(entry?.dependencies[0]?.alternatives.map((one) => one.name)).toEqual(["libblas3", "libblas.so.3"]);
  });
});
