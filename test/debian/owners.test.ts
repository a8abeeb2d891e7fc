import { describe, expect, test } from "vitest";
import { ownerOf, spellings } from "../../src/debian/owner-of.ts";
import { readOwners } from "../../src/debian/owners.ts";
import { readInstalled } from "../../src/debian/packages.ts";
import type { FileSystemView, ViewEntry } from "../../src/snapshot/view.ts";

/** A view of links alone; every other path is unknown. */
function links(table: Readonly<Record<string, string>>): FileSystemView {
  return {
    lstat: (path): ViewEntry | "unknown" => {
      const target = Object.hasOwn(table, path) ? (table[path] ?? null) : null;
      if (target === null) return "unknown";
      const elf = (): never => {
        throw new Error("no file");
      };
      return { path, type: "symlink", mode: 0o777, target, layer: "base", source: path, elf };
    },
    list: () => null,
  };
}

const installed = (...names: string[]) =>
  readInstalled({
    architecture: "amd64",
    packages: names.map((name) => {
      const [Package = "", Architecture = "amd64"] = name.split(":");
      return { Package, Architecture, Version: "1", Status: "install ok installed" };
    }),
  }).set;

const merged = { "/lib": "usr/lib", "/bin": "/usr/bin", "/lib64": "usr/lib64" };
const L = "/lib/x86_64-linux-gnu";

function ask(path: string, lines: string[], table: Record<string, string> = merged, names: string[] = []) {
  return ownerOf(path, links(table), readOwners(lines), installed(...names));
}

describe("exact owners", () => {
  test.each([
    ["as it is", `${L}/libz.so.1`, `zlib1g:amd64: ${L}/libz.so.1`, `${L}/libz.so.1`],
    ["dpkg has it without /usr", `/usr${L}/libz.so.1`, `zlib1g:amd64: ${L}/libz.so.1`, `${L}/libz.so.1`],
    ["dpkg has it with /usr", `${L}/libz.so.1`, `zlib1g:amd64: /usr${L}/libz.so.1`, `/usr${L}/libz.so.1`],
    [
      "`..` and doubled slashes",
      `/usr/lib//x/../.${L.slice(4)}/libz.so.1`,
      `zlib1g:amd64: ${L}/libz.so.1`,
      `${L}/libz.so.1`,
    ],
  ])("%s", (_title, path, line, known) => {
    expect(ask(path, [line])).toEqual({
      package: "zlib1g:amd64",
      path: known,
      how: "exact",
      links: [],
      otherOwners: [],
    });
  });

  test("no other spelling where /usr is not merged, or not known to be", () => {
    expect(ask(`/usr${L}/libz.so.1`, [`zlib1g:amd64: ${L}/libz.so.1`], {})).toEqual({ package: null, links: [] });
    expect(spellings("/usr/lib/a", links({ "/lib": "/opt/lib" }))).toEqual(["/usr/lib/a"]);
    expect(spellings("/usr/share/a", links({ "/share": "usr/share" }))).toEqual(["/usr/share/a"]);
  });

  test("never a path that merely holds the name", () => {
    const line = "libc6-dev:amd64: /usr/share/gdb/auto-load/lib/x86_64-linux-gnu/libc.so.6-gdb.py";
    expect(ask(`${L}/libc.so.6`, [line])).toEqual({ package: null, links: [] });
  });

  test("several owners, native first, others told", () => {
    expect(ask("/usr/share/doc/x", ["a:i386, b, c:amd64: /usr/share/doc/x"])).toMatchObject({
      package: "b:amd64",
      otherOwners: ["c:amd64", "a:i386"],
    });
  });

  test("the architecture comes from the status", () => {
    expect(ask("/x/a", ["tzdata: /x/a"], {}, ["tzdata:all"])).toMatchObject({ package: "tzdata:all" });
    expect(ask("/x/a", ["foo: /x/a"], {}, ["foo:i386"])).toMatchObject({ package: "foo:i386" });
    expect(ask("/x/a", ["foo: /x/a"], {}, ["foo:i386", "foo"])).toMatchObject({ package: "foo:amd64" });
    expect(ask("/x/a", ["foo: /x/a"], {})).toMatchObject({ package: "foo:amd64" });
  });

  test("paths with `: `, spaces and `: /` in them", () => {
    for (const path of ["/opt/a: b", "/opt/a: /b", "/opt/a b, c: d"]) {
      expect(ask(path, [`pkg: ${path}`])).toMatchObject({ package: "pkg:amd64", path });
    }
  });

  test("lines that are no answer are kept apart", () => {
    const bad = ["", "dpkg-query: no path found matching pattern /x", "A B: /x", "a:b:c: /x", "a,b: /x"];
    expect(readOwners(bad).unread).toEqual(bad);
  });
});

describe("links", () => {
  const alternatives = {
    ...merged,
    [`/usr${L}/libblas.so.3`]: "/etc/alternatives/libblas.so.3-x86_64-linux-gnu",
    "/etc/alternatives/libblas.so.3-x86_64-linux-gnu": `/usr${L}/blas/libblas.so.3`,
    [`/usr${L}/blas/libblas.so.3`]: "libblas.so.3.11.0",
  };

  test("behind alternatives: the first owned path on the way", () => {
    expect(ask(`${L}/libblas.so.3`, [`libblas3:amd64: /usr${L}/blas/libblas.so.3`], alternatives)).toEqual({
      package: "libblas3:amd64",
      path: `/usr${L}/blas/libblas.so.3`,
      how: "through-link",
      links: [
        { path: `/usr${L}/libblas.so.3`, target: "/etc/alternatives/libblas.so.3-x86_64-linux-gnu" },
        { path: "/etc/alternatives/libblas.so.3-x86_64-linux-gnu", target: `/usr${L}/blas/libblas.so.3` },
      ],
      otherOwners: [],
    });
  });

  test("an owned link is not followed", () => {
    const table = { ...merged, [`/usr${L}/libx.so`]: "libx.so.1" };
    const lines = [`libx-dev:amd64: /usr${L}/libx.so`, `libx1:amd64: /usr${L}/libx.so.1`];
    expect(ask(`${L}/libx.so`, lines, table)).toMatchObject({ package: "libx-dev:amd64", how: "exact" });
  });

  test("a link in the middle, and `..` behind a link", () => {
    const table = { "/usr/lib/jvm/default": "java-17", "/opt/app": "/srv/deep/app" };
    expect(
      ask("/usr/lib/jvm/default/lib/libjvm.so", ["jre:amd64: /usr/lib/jvm/java-17/lib/libjvm.so"], table),
    ).toMatchObject({ package: "jre:amd64", how: "through-link" });
    const lines = ["right: /srv/deep/libx.so", "wrong: /opt/libx.so"];
    expect(ask("/opt/app/../libx.so", lines, table)).toMatchObject({ package: "right:amd64" });
  });

  test("loops and links to / end", () => {
    expect(ask("/a/x", [], { "/a/x": "x" })).toMatchObject({ package: null });
    expect(ask("/a/x", [], { "/a/x": "/" })).toEqual({ package: null, links: [{ path: "/a/x", target: "/" }] });
    expect(ask("/a/x/y", [], { "/a/x": "../a/x/x" })).toMatchObject({ package: null });
  });
});

describe("diversions", () => {
  const lines = ["diversion by glx from: /usr/lib/libGL.so.1", "diversion by glx to: /usr/lib/mesa/libGL.so.1"];

  test.each([
    [
      "the diverting package has the name",
      ["glx:amd64, libgl1: /usr/lib/libGL.so.1"],
      "/usr/lib/libGL.so.1",
      "glx:amd64",
    ],
    [
      "others have the new place",
      ["glx:amd64, libgl1: /usr/lib/libGL.so.1"],
      "/usr/lib/mesa/libGL.so.1",
      "libgl1:amd64",
    ],
    [
      "a diverting package without such a file leaves it to nobody",
      ["libgl1: /usr/lib/libGL.so.1"],
      "/usr/lib/libGL.so.1",
      null,
    ],
  ])("%s", (_title, owners, path, expected) => {
    expect(ask(path, [...owners, ...lines], {}).package).toBe(expected);
    expect(ask(path, [...owners, ...lines].sort(), {}).package).toBe(expected);
  });

  test("local diversions: nobody of dpkg's at the old place", () => {
    const local = ["local diversion from: /bin/x", "local diversion to: /bin/x.distrib", "pkg: /bin/x"];
    expect(ask("/bin/x", local, {}).package).toBeNull();
    expect(ask("/bin/x.distrib", local, {}).package).toBe("pkg:amd64");
  });

  test("several by one package, sorted: paired by name, never by guess", () => {
    const several = [
      "diversion by d from: /a/one",
      "diversion by d from: /a/two",
      "diversion by d from: /a/three",
      "diversion by d to: /a/one.distrib",
      "diversion by d to: /b/2",
      "diversion by d to: /b/3",
      "p1: /a/one",
      "p2: /a/two",
      "p3: /a/three",
    ];
    expect(ask("/a/one.distrib", several, {}).package).toBe("p1:amd64");
    expect(ask("/b/2", several, {}).package).toBeNull();
    const two = several.filter((line) => !line.includes("/a/three") && !line.includes("/b/3"));
    expect(ask("/b/2", two, {}).package).toBe("p2:amd64");
  });

  test("as dpkg prints them, each pair is told apart", () => {
    const printed = ["from: /a/1", "to: /b/x", "from: /a/2", "to: /b/y"].map((line) => `diversion by d ${line}`);
    expect(ask("/b/y", [...printed, "p1: /a/1", "p2: /a/2"], {}).package).toBe("p2:amd64");
  });

  test("the name under the other spelling of /usr still has its owner", () => {
    const usrmove = [
      "diversion by libc6 from: /lib64/ld-linux-x86-64.so.2",
      "diversion by libc6 to: /lib64/ld-linux-x86-64.so.2.usr-is-merged",
      "libc6:amd64: /usr/lib64/ld-linux-x86-64.so.2",
    ];
    expect(ask("/lib64/ld-linux-x86-64.so.2", usrmove)).toMatchObject({ package: "libc6:amd64", how: "exact" });
  });
});
