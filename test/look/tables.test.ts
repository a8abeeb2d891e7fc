import { describe, expect, it } from "vitest";
import { bothSpellings, escapePattern, ownedPath } from "../../src/debian/spellings.ts";
import { openedPaths, withoutAddresses } from "../../src/loader/loaders.ts";
import { parseStatus } from "../../src/look/status.ts";

describe("paths and dpkg", () => {
  it.each<[string, string[]]>([
    ["/lib/x/liba.so", ["/lib/x/liba.so", "/usr/lib/x/liba.so"]],
    ["/usr/lib64/a", ["/usr/lib64/a", "/lib64/a"]],
    ["/usr/libexec/a", ["/usr/libexec/a"]],
    ["/usr/local/lib/a", ["/usr/local/lib/a"]],
    ["/opt/lib/a", ["/opt/lib/a"]],
  ])("%s is known as %j", (path, names) => expect(bothSpellings(path)).toEqual(names));

  it("escapes what dpkg takes for a pattern, and nothing else", () => {
    expect(escapePattern("/usr/bin/[")).toBe("/usr/bin/\\[");
    expect(escapePattern("/a\\*?]++")).toBe("/a\\\\\\*\\?]++");
  });

  it.each([
    ["libc6:amd64, libc6:i386: /usr/share/doc/libc6", "/usr/share/doc/libc6"],
    ["diversion by dash from: /bin/sh", "/bin/sh"],
    ["a: /x: /y", "/x: /y"],
  ])("%s", (line, path) => expect(ownedPath(line)).toBe(path));

  it("cuts stanzas to the fields that matter, in one order, folded lines joined", () => {
    const text =
      "Package: b\nStatus: install ok installed\nConffiles:\n /etc/x 1\nDepends: x,\n y\n\nVersion: 1\nPackage: a\n";
    expect(parseStatus(text)).toEqual([
      { Package: "a", Version: "1" },
      { Package: "b", Status: "install ok installed", Depends: "x, y" },
    ]);
    expect(Object.keys(parseStatus(text)[0] ?? {})).toEqual(["Package", "Version"]);
  });
});

describe("the loader's text", () => {
  it("loses its addresses and tells the paths that were opened", () => {
    const text =
      "\tlinux-vdso.so.1 (0x00007ffe)\n\tliba.so => /opt/a b/liba.so (0x00007f)\n\tlibb.so => not found\n\t/lib64/ld.so (0x7f)\n";
    expect(withoutAddresses(text)).toBe(
      "\tlinux-vdso.so.1\n\tliba.so => /opt/a b/liba.so\n\tlibb.so => not found\n\t/lib64/ld.so\n",
    );
    expect(openedPaths(withoutAddresses(text))).toEqual(["/opt/a b/liba.so", "/lib64/ld.so"]);
  });
});
