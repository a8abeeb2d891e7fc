import { describe, expect, it } from "vitest";
import { readInstalled } from "../../src/debian/packages.ts";
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

  // Ubuntu since 25.10, if APT::Architecture-Variants is set (Launchpad bug 2128606).
  it("takes a package of an architecture variant for one of its architecture", () => {
    const text =
      "Package: apt\nStatus: install ok installed\nArchitecture: amd64\nArchitecture-Variant: amd64v3\nMulti-Arch: foreign\nVersion: 3.1.6ubuntu2\n";
    const { set } = readInstalled({ architecture: "amd64", packages: parseStatus(text) });
    expect([...set.all.keys()]).toEqual(["apt:amd64"]);
    expect(set.all.get("apt:amd64")).toMatchObject({ version: "3.1.6ubuntu2", multiArch: "foreign" });
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
