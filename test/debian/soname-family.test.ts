import { describe, expect, test } from "vitest";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { relativesOf, sonameStory, stemOf } from "../../src/debian/soname-family.ts";

const tables = shippedTables();
const shown = (soname: string, release: string | null = "debian-13") => {
  const { same, versions, elsewhere } = sonameStory(tables, release, soname);
  const library = (one: { soname: string; packages: readonly string[] }) => `${one.soname} ${one.packages[0]}`;
  return {
    same: same === null ? null : library(same),
    newest: versions[0] === undefined ? null : library(versions[0]),
    elsewhere: elsewhere.map(({ release: key, packages }) => `${key} ${packages[0]}`),
  };
};

describe("sonameStory", () => {
  test("the same library with t64 in its SONAME", () => {
    const same = "libaio.so.1t64 libaio1t64";
    const elsewhere = ["debian-11", "debian-12", "ubuntu-20.04", "ubuntu-22.04"].map((key) => `${key} libaio1`);
    expect(shown("libaio.so.1")).toEqual({ same, newest: same, elsewhere });
    expect(shown("libaio.so.1t64", "debian-12").same).toBe("libaio.so.1 libaio1");
  });

  test("another version, and the releases that have this one", () => {
    expect(shown("libssl.so.1.1")).toEqual({
      same: null,
      newest: "libssl.so.3 libssl3t64",
      elsewhere: ["debian-11 libssl1.1", "ubuntu-20.04 libssl1.1"],
    });
    expect(shown("libtinfo.so.5").newest).toBe("libtinfo.so.6 libtinfo6");
    expect(shown("libpython3.11.so.1.0")).toMatchObject({
      newest: "libpython3.13.so.1.0 libpython3.13",
      elsewhere: ["debian-12 libpython3.11", "ubuntu-22.04 libpython3.11"],
    });
  });

  test("another library is no version of it", () => {
    expect(shown("libpcre.so.3").newest).toBeNull();
    expect(shown("libpcre2-8.so.1").newest).toBe("libpcre2-8.so.0 libpcre2-8-0");
    // One version of it does not do for another because both are called 1.
    expect(shown("libLLVM-14.so.1").same).toBeNull();
  });

  test("nothing is known", () => {
    expect(shown("libnothing.so.1")).toEqual({ same: null, newest: null, elsewhere: [] });
    expect(shown("libssl.so.1.1", null)).toMatchObject({ same: null, newest: null });
  });
});

test("relatives, newest first", () => {
  expect(relativesOf(tables, "debian-11", "libicuuc.so.99").map(({ soname }) => soname)).toEqual(["libicuuc.so.67"]);
  const sonames = relativesOf(tables, "debian-13", "libLLVM-14.so.1").map(({ soname }) => soname);
  expect(sonames.indexOf("libLLVM.so.19.1")).toBeLessThan(sonames.indexOf("libLLVM-17.so.1"));
});

test.each([
  ["libaio1t64", "libaio"],
  ["libaio.so.1", "libaio"],
  ["libtinfo6", "libtinfo"],
  ["libX11.so.6", "libx"],
  ["libboost_system.so.1.74.0", "libboost-system"],
  ["lib3mf1t64", "lib3mf1t64"],
])("the stem of %s is %s", (name, stem) => expect(stemOf(name)).toBe(stem));
