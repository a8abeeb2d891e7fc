import { describe, expect, test } from "vitest";
import { readInstalled } from "../../src/debian/packages.ts";
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

describe("words", () => {
  test.each([
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
