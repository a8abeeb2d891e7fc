import { describe, expect, test } from "vitest";
import { isPackageName, keyOfName, packageSet, readInstalled, readPackage } from "../../src/debian/packages.ts";
import { aptWord, parseKey } from "../../src/debian/words.ts";

const status = (name: string, words: string, more: Record<string, string> = {}): Record<string, string> => ({
  Package: name,
  Status: words,
  Version: "1.0-1",
  Architecture: "amd64",
  ...more,
});

describe("readInstalled", () => {
  const { set, unfinished } = readInstalled({
    architecture: "amd64",
    packages: [
      status("ok", "install ok installed", { Source: "src (1.0)", "Multi-Arch": "same", Essential: "yes" }),
      status("ok", "install ok installed", { Architecture: "i386" }),
      status("data", "install ok installed", { Architecture: "all", Provides: "virtual (= 2), other" }),
      status("kept", "hold ok installed", { Depends: "a, b | c", "Pre-Depends": "d", Source: "src" }),
      status("waiting", "install ok triggers-awaited"),
      status("pending", "install ok triggers-pending"),
      status("half", "install reinstreq half-installed"),
      status("open", "install ok unpacked"),
      status("leftover", "deinstall ok config-files"),
      status("gone", "purge ok not-installed"),
      { Package: "unheard", Version: "1", Architecture: "amd64" },
      status("Bad Name", "install ok installed"),
      { Package: "noversion", Status: "install ok installed" },
      status("badarch", "install ok installed", { Architecture: "a b" }),
    ],
  });

  test("counts installed packages and tells those in between apart", () => {
    expect([...set.all.keys()].sort()).toEqual([
      "data:all",
      "kept:amd64",
      "ok:amd64",
      "ok:i386",
      "pending:amd64",
      "waiting:amd64",
    ]);
    expect(unfinished).toEqual([
      { key: "half:amd64", version: "1.0-1", status: "half-installed" },
      { key: "open:amd64", version: "1.0-1", status: "unpacked" },
    ]);
  });

  test("reads the fields", () => {
    expect(set.all.get("ok:amd64")).toMatchObject({
      source: { name: "src", version: "1.0" },
      multiArch: "same",
      essential: true,
      held: false,
      status: "installed",
    });
    expect(set.all.get("ok:i386")).toMatchObject({ source: { name: "ok", version: "1.0-1" }, multiArch: "no" });
    expect(set.all.get("kept:amd64")).toMatchObject({ held: true, source: { name: "src", version: "1.0-1" } });
    expect(set.all.get("kept:amd64")?.depends.map((group) => group.text)).toEqual(["a", "b | c"]);
  });

  test("a key is parted at its last colon", () => {
    expect(parseKey("a:i386")).toEqual({ name: "a", architecture: "i386" });
    expect(parseKey("a")).toEqual({ name: "a", architecture: "" });
  });

  test("finds by name, native first, and by what is provided", () => {
    expect(set.named("ok").map((one) => one.key)).toEqual(["ok:amd64", "ok:i386"]);
    expect(set.providing("virtual").map((one) => one.key)).toEqual(["data:all"]);
    expect(set.named("__proto__")).toEqual([]);
  });

  test("names and words are read in any case, as dpkg does", () => {
    const record = status("LibA", "Hold OK Installed", { "Multi-Arch": "Same", Essential: "YES", Depends: "LibB" });
    const [one] = readInstalled({ architecture: "amd64", packages: [record] }).set.all.values();
    expect(one).toMatchObject({
      key: "liba:amd64",
      status: "installed",
      held: true,
      multiArch: "same",
      essential: true,
    });
    expect(one?.depends[0]?.alternatives[0]?.name).toBe("libb");
  });
});

describe("readPackage", () => {
  const read = (more: Record<string, string>) => readPackage({ Package: "a", Version: "1-2", ...more }, "amd64");

  test("fills in what a stanza does not have", () => {
    expect(read({})).toEqual({
      key: "a:amd64",
      name: "a",
      architecture: "amd64",
      version: "1-2",
      multiArch: "no",
      essential: false,
      source: { name: "a", version: "1-2" },
      provides: [],
      preDepends: [],
      depends: [],
      status: "available",
      held: false,
      priority: null,
      section: null,
      maintainer: null,
      installedSize: null,
    });
  });

  test("reads every field", () => {
    const one = read({
      Architecture: " all ",
      Priority: "Optional",
      Section: "libs",
      Maintainer: "A <a@b.c>",
      "Installed-Size": " 120 ",
      Provides: "v (= 1), w [i386]",
      "Pre-Depends": "dpkg [amd64], x [i386]",
      Depends: "b [i386] | c",
    });
    expect(one).toMatchObject({
      key: "a:all",
      priority: "optional",
      section: "libs",
      maintainer: "A <a@b.c>",
      installedSize: 120,
      provides: [{ name: "v", operator: "=", version: "1" }],
      preDepends: [{ text: "dpkg [amd64]" }],
      depends: [{ alternatives: [{ name: "c" }] }],
    });
  });

  test.each([
    ["", null],
    ["x", null],
    ["-1", null],
    ["1.5", null],
    ["1 000", null],
    ["0", 0],
    ["999999999999", 999_999_999_999],
    ["1000000000000", null],
  ])("an Installed-Size of %j is %s", (text, size) => {
    expect(read({ "Installed-Size": text })?.installedSize).toBe(size);
  });

  test.each([
    ["src", "src", "1-2"],
    [" src  (3:4) ", "src", "3:4"],
    ["src (1) x", "a", "1-2"],
    ["src ()", "a", "1-2"],
    ["x src (1)", "a", "1-2"],
    ["", "a", "1-2"],
  ])("a Source of %j is %s %s", (text, name, version) => {
    expect(read({ Source: text })?.source).toEqual({ name, version });
  });

  test.each([
    ["same", "same"],
    ["foreign", "foreign"],
    ["allowed", "allowed"],
    ["no", "no"],
    ["other", "no"],
  ])("a Multi-Arch of %s is %s", (text, expected) => expect(read({ "Multi-Arch": text })?.multiArch).toBe(expected));

  test.each([
    ["no name", { Package: "" }],
    ["no version", { Version: " " }],
    ["an architecture that is none", { Architecture: "amd64;x" }],
    ["an architecture with more before it", { Architecture: "x amd64" }],
  ])("is null with %s", (_, more) => expect(read(more)).toBeNull());

  test("only Essential: yes is essential, and only hold is on hold", () => {
    expect(read({ Essential: "no" })?.essential).toBe(false);
    expect(read({ Status: "install  hold installed" })).toMatchObject({ held: false, status: "installed" });
  });
});

test.each([
  ["a", true],
  ["7zip", true],
  ["libstdc++6", true],
  ["A_b.c-1", true],
  ["", false],
  ["-a", false],
  ["+a", false],
  ["a b", false],
  ["a:amd64", false],
  ["a/b", false],
  ["a\n", false],
])("%j is a package name: %s", (name, expected) => expect(isPackageName(name)).toBe(expected));

describe("packageSet", () => {
  const made = (Package: string, Architecture: string, Provides = "") => {
    const one = readPackage({ Package, Architecture, Version: "1", Provides }, "amd64");
    if (one === null) throw new Error(`${Package} is no package`);
    return one;
  };

  test("the native architecture and all come first, then the key decides", () => {
    const all = ["i386", "armhf", "amd64"].map((architecture) => made("x", architecture, "v, v (= 2)"));
    const set = packageSet([...all, made("b", "all", "v"), made("y", "arm64", "v")], "amd64");
    expect(set.named("x").map(({ key }) => key)).toEqual(["x:amd64", "x:armhf", "x:i386"]);
    // Each once, whatever it says twice.
    expect(set.providing("v").map(({ key }) => key)).toEqual(["b:all", "x:amd64", "x:armhf", "x:i386", "y:arm64"]);
    expect(set.providing("x")).toEqual([]);
  });

  test("of two with one key the last counts", () => {
    const [old, now] = [made("x", "amd64", "old"), made("x", "amd64", "new")];
    const set = packageSet([old, now], "amd64");
    expect(set.named("x")).toEqual([now]);
    expect([set.providing("old"), set.providing("new")]).toEqual([[], [now]]);
  });

  test("is not complete unless it is said to be", () => {
    expect(packageSet([], "amd64").complete).toBe(false);
    expect(packageSet([], "amd64", { complete: true }).complete).toBe(true);
  });

  test("keyOfName asks one set after the other", () => {
    const sets = [
      packageSet([made("x", "i386")], "amd64"),
      packageSet([made("x", "amd64"), made("y", "all")], "amd64"),
    ];
    expect(["x", "y", "z"].map((name) => keyOfName(name, sets, "arm64"))).toEqual(["x:i386", "y:all", "z:arm64"]);
  });
});

describe("readInstalled over damaged records", () => {
  const record = (Package: string, Status = "install ok installed") => ({ Package, Status, Version: "1" });

  test("keeps the first few invalid names, each once", () => {
    const names = ["a b", "a b", "-c", "ok", "d/", "e!", "f,", "g;"].map((name) => record(name));
    const { invalid, set } = readInstalled({ architecture: "amd64", packages: [...names, { Version: "1" }] });
    expect(invalid).toEqual(["a b", "-c", "d/", "e!", "f,"]);
    expect([...set.all.keys()]).toEqual(["ok:amd64"]);
  });

  test("sorts unfinished packages by their keys", () => {
    const packages = ["c", "a", "b"].map((name) => record(name, "install ok half-configured"));
    const { unfinished } = readInstalled({ architecture: "amd64", packages });
    expect(unfinished.map(({ key }) => key)).toEqual(["a:amd64", "b:amd64", "c:amd64"]);
  });
});

describe("words", () => {
  test.each([
    ["a:i386:amd64", null],
    ["a:AMD64", null],
    ["a:amd64 ", null],
    ["a", "a"],
    ["a:", "a"],
    ["zlib1g:amd64", "zlib1g"],
    ["zlib1g:i386", "zlib1g:i386"],
    ["tzdata:all", "tzdata"],
    ["libstdc++6:amd64", "libstdc++6"],
    ["-o:amd64", null],
    ["a b:amd64", null],
    ["$(x):amd64", null],
  ])("%s is %s for apt", (key, word) => {
    expect(aptWord(key, "amd64")).toBe(word);
  });
});
