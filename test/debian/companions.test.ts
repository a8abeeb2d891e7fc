import { describe, expect, test } from "vitest";
import { companionsFor, companionTriggers } from "../../src/debian/companions.ts";
import { openTables } from "../../src/debian/tables.ts";

const row = (...cells: string[]): string => cells.join("\t");
const TEXTS: Record<string, string> = {
  "companions.tsv": [
    row("libssl.so.*", "ca-certificates", "suggested", "*", "certificates"),
    row("curl", "ca-certificates", "recommended", "*", "certificates of curl"),
    row("wget", "ca-certificates", "recommended", "*", "certificates of wget"),
    row("libsasl2.so.2", "libsasl2-modules", "recommended", "debian-12,debian-13", "mechanisms"),
    row("libsasl2.so.2", "aa-modules", "suggested", "~debian-13", "more mechanisms"),
    row("libpam.so.0", "libpam-modules", "needed", "*", "a word that is none of the two"),
  ].join("\n"),
};
const tables = openTables((name) => TEXTS[name] ?? null);

function found(sonames: string[], packages: string[] = [], release: string | null = "debian-13"): string[] {
  return companionsFor(tables, release, { sonames, packages }).map((one) =>
    [one.package, one.strength, one.trigger, one.reason, one.certainty].join(", "),
  );
}

describe("companionsFor", () => {
  test("takes sonames by pattern, packages by name", () => {
    expect(found(["libssl.so.3"])).toEqual(["ca-certificates, suggested, libssl.so.3, certificates, proved"]);
    expect(found(["curl"], ["libssl.so.3"])).toEqual([]);
    expect(found(["libcrypto.so.3"], ["curlx"])).toEqual([]);
  });

  test("gives each package once, with its strongest and then its first reason", () => {
    const strongest = "ca-certificates, recommended, curl, certificates of curl, proved";
    expect(found(["libssl.so.3"], ["wget", "curl"])).toEqual([strongest]);
    expect(found(["libssl.so.3", "libssl.so.1.1"])).toEqual([
      "ca-certificates, suggested, libssl.so.1.1, certificates, proved",
    ]);
  });

  test("names the first soname or package that calls for it, by bytes", () => {
    const shared = openTables(() => row("curl*", "ca", "suggested", "*", "x"));
    const [one] = companionsFor(shared, null, { sonames: [], packages: ["curl-z", "curl-a"] });
    expect(one?.trigger).toBe("curl-a");
  });

  test("takes no other reason of the same strength", () => {
    const twice = openTables(() => ["a", "b"].map((name) => row(name, "ca", "suggested", "*", name)).join("\n"));
    expect(companionsFor(twice, null, { sonames: [], packages: ["a", "b"] })).toMatchObject([{ trigger: "a" }]);
  });

  test("leaves out what is needed anyway", () => {
    expect(found(["libssl.so.3"], ["ca-certificates"])).toEqual([]);
  });

  test("takes any other word for a suggestion", () => {
    expect(found(["libpam.so.0"])[0]).toContain("libpam-modules, suggested");
  });

  test.each<[string | null, readonly string[]]>([
    ["debian-13", ["aa-modules hint", "libsasl2-modules proved"]],
    ["debian-12", ["libsasl2-modules proved"]],
    ["debian-1", []],
    ["debian-14", []],
    [null, ["aa-modules hint", "libsasl2-modules hint"]],
  ])("in %s, sorted by name", (release, expected) => {
    const all = companionsFor(tables, release, { sonames: ["libsasl2.so.2"], packages: [] });
    expect(all.map((one) => `${one.package} ${one.certainty}`)).toEqual(expected);
  });
});

test("companionTriggers gives what calls for a package in a release", () => {
  expect(companionTriggers(tables, "debian-13", "ca-certificates")).toEqual(["libssl.so.*", "curl", "wget"]);
  expect(companionTriggers(tables, "debian-13", "libsasl2-modules")).toEqual(["libsasl2.so.2"]);
  expect(companionTriggers(tables, "debian-14", "libsasl2-modules")).toEqual([]);
  expect(companionTriggers(tables, "debian-13", "curl")).toEqual([]);
});

test("without tables there are none", () => {
  const none = openTables(() => null);
  expect(companionsFor(none, null, { sonames: ["libssl.so.3"], packages: [] })).toEqual([]);
  expect(companionTriggers(none, null, "ca-certificates")).toEqual([]);
});
