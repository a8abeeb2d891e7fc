import { describe, expect, it } from "vitest";
import { Allowance } from "../../src/base/allowance.ts";
import { resolveProgram } from "../../src/loader/resolve.ts";
import type { LoaderSettings } from "../../src/loader/settings.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { cached, copies, type Files, libraries, ONE, one, shown } from "./made-search.ts";
import { completeView, library, type Made, program } from "./made-view.ts";

/*
 * The rules of ld.so(8) and glibc's elf/dl-load.c over made files. `rules.test.ts` asks the real loader about them.
 */

describe("a name with a slash", () => {
  const named = (name: string, files: Files, settings: LoaderSettings = {}, more: ElfRecipe = {}) => {
    const [result] = libraries(program([name], more), files, settings);
    return { ...result, shown: result === undefined ? "" : shown(result) };
  };

  it("is a path, whatever the search paths have", () => {
    const found = named("/a/libone.so", copies("/a"), {}, { rpath: "/b" });
    expect(found).toMatchObject({ shown: "path /a/libone.so", folderText: null, skipped: [] });
    expect(named("/b/libone.so", copies("/a"), {}, { rpath: "/a" })).toMatchObject({ shown: "missing", skipped: [] });
  });

  it("may be relative to the working directory", () => {
    expect(named("a/libone.so", copies("/x/a"), { workingDirectory: "/x" }).shown).toBe("path /x/a/libone.so");
    expect(named("a/libone.so", copies("/x/a"))).toMatchObject({
      status: "unknown",
      skipped: [{ path: "a/libone.so", reason: "working-directory" }],
    });
  });

  it("may hold tokens", () => {
    expect(named("$ORIGIN/libone.so", copies("/bin")).shown).toBe("path /bin/libone.so");
    expect(named("$ORIGIN/libone.so", copies("/bin"), { secure: true })).toMatchObject({
      shown: "missing",
      skipped: [{ path: "$ORIGIN/libone.so", reason: "secure" }],
    });
  });

  it("is taken or not: nothing is searched after it", () => {
    const arm = { "/a/libone.so": library("libone.so", { machine: 183 }), ...copies("/usr/lib") };
    expect(named("/a/libone.so", arm)).toMatchObject({
      shown: "missing",
      skipped: [{ path: "/a/libone.so", reason: "machine" }],
    });
  });
});

describe("what is opened", () => {
  const bad: readonly [string, Made, string][] = [
    ["another class", library("libone.so", { class: 32, machine: 62 }), "class"],
    ["another machine", library("libone.so", { machine: 183 }), "machine"],
    ["a link to itself", { link: "libone.so" }, "not-a-file"],
  ];
  const worse: readonly [string, Made, string][] = [
    ["another byte order", library("libone.so", { endian: "big" }), "byte-order"],
    ["a folder", "folder", "not-a-file"],
    ["a text", { text: "INPUT(-lone)\n" }, "not-elf"],
    ["an object file", library("libone.so", { type: 1 }), "not-loadable"],
    ["a program", library("libone.so", { type: 2 }), "executable"],
    ["a position-independent program", library("libone.so", { flags1: 0x0800_0000 }), "executable"],
    ["a library without a dynamic section", { elf: { dynamic: false } }, "no-dynamic-section"],
  ];

  it.each(bad)("passes over %s", (_, made, reason) => {
    const found = one({ runpath: "/bad:/good" }, { "/bad/libone.so": made, ...copies("/good") });
    expect(found).toMatchObject({
      path: "/good/libone.so",
      via: "runpath",
      folderText: "/good",
      skipped: [{ path: "/bad/libone.so", reason }],
    });
    expect(one({ runpath: "/bad" }, { "/bad/libone.so": made })).toMatchObject({ status: "missing" });
  });

  it.each(worse)("gives up at %s", (_, made, reason) => {
    expect(one({ runpath: "/bad:/good" }, { "/bad/libone.so": made, ...copies("/good") })).toMatchObject({
      status: "missing",
      skipped: [{ path: "/bad/libone.so", reason }],
    });
  });

  it("passes over another byte order of another class, as the class is checked first", () => {
    const found = one(
      { runpath: "/bad:/good" },
      {
        "/bad/libone.so": library("libone.so", { class: 32, machine: 20, endian: "big" }),
        ...copies("/good"),
      },
    );
    expect(found).toMatchObject({ path: "/good/libone.so", skipped: [{ reason: "class" }] });
  });

  it("passes over a link that leads nowhere without a word", () => {
    const found = one({ runpath: "/bad:/good" }, { "/bad/libone.so": { link: "gone" }, ...copies("/good") });
    expect(found).toMatchObject({ path: "/good/libone.so", skipped: [] });
  });
});

describe("glibc-hwcaps", () => {
  const [V2, V3] = ["glibc-hwcaps/x86-64-v2", "glibc-hwcaps/x86-64-v3"];
  const files = copies("/a", `/a/${V2}`, `/a/${V3}`);
  it.each<[string, readonly string[], string]>([
    ["without any, the plain library", [], "/a/libone.so"],
    ["the best first", ["x86-64-v3", "x86-64-v2"], `/a/${V3}/libone.so`],
    ["else the next", ["x86-64-v4", "x86-64-v2"], `/a/${V2}/libone.so`],
  ])("%s", (_, hwcaps, path) => {
    expect(one({ runpath: "/a" }, files, { hwcaps })).toMatchObject({ path, skipped: [] });
  });

  it("notes, where nothing else is found, what other processors would get", () => {
    const only = { ...copies(`/a/${V2}`, `/a/${V3}`), "/a/glibc-hwcaps/none/libtwo.so": ONE };
    expect(one({ runpath: "/a" }, only, { hwcaps: ["x86-64-v4"] })).toMatchObject({
      status: "missing",
      skipped: [
        { path: `/a/${V2}/libone.so`, reason: "hwcaps" },
        { path: `/a/${V3}/libone.so`, reason: "hwcaps" },
      ],
    });
    const shadowed = { [`/a/${V2}/libone.so`]: library("libone.so", { machine: 183 }) } as const;
    expect(one({ runpath: "/a" }, shadowed, { hwcaps: ["x86-64-v2"] }).skipped).toEqual([
      { path: `/a/${V2}/libone.so`, reason: "machine" },
    ]);
  });
});

describe("secure-execution mode", () => {
  it("preloads by a bare name only what is set-user-ID, and not by the cache", () => {
    const preload = [{ name: "libone.so", from: "LD_PRELOAD" }] as const;
    const settings = { preload, secure: true, cache: [cached("/c/libone.so")] };
    const result = (files: Files) => libraries(program([]), files, settings)[0];
    expect(result(copies("/c"))).toMatchObject({ status: "missing", via: "preload", skipped: [] });
    expect(result(copies("/usr/lib"))).toMatchObject({
      status: "missing",
      skipped: [{ path: "/usr/lib/libone.so", reason: "secure" }],
    });
    expect(result({ "/usr/lib/libone.so": { ...ONE, mode: 0o4755 } })).toMatchObject({
      status: "found",
      path: "/usr/lib/libone.so",
    });
  });

  it("takes $ORIGIN of the program in trusted folders only", () => {
    const app = program(["libone.so"], { runpath: "$ORIGIN/../lib:$ORIGIN/../opt" });
    const trusted = libraries(app, copies("/lib"), { secure: true })[0];
    expect(trusted).toMatchObject({
      path: "/bin/../lib/libone.so",
      via: "runpath",
      skipped: [],
    });
    expect(libraries(app, copies("/opt"), { secure: true })[0]).toMatchObject({
      status: "missing",
      skipped: [{ path: "$ORIGIN/../opt", reason: "secure" }],
    });
  });
});

describe("$ORIGIN of a library in secure-execution mode", () => {
  it("may be any folder", () => {
    const mid = library("libmid.so", { needed: ["libone.so"], runpath: "$ORIGIN/x" });
    const app = program(["libmid.so"], { runpath: "/opt" });
    const found = libraries(app, { "/opt/libmid.so": mid, ...copies("/opt/x") }, { secure: true });
    expect(found.map(shown)).toEqual(["runpath /opt/libmid.so", "runpath /opt/x/libone.so"]);
  });
});

describe("the allowance", () => {
  it("bounds the places that one program looks in", () => {
    const rpath = Array.from({ length: 50 }, (_, index) => `/${index}`).join(":");
    const status = (own: number) => {
      const files = { "/bin/app": program(["libone.so"], { rpath }), ...copies("/49") };
      const settings = { allowance: new Allowance(own, { left: 0 }) };
      const { status, damage, libraries: found } = resolveProgram(completeView(files), "/bin/app", settings);
      return [status, damage?.isLimit, found.length];
    };
    expect(status(1000)).toEqual(["dynamic", undefined, 1]);
    expect(status(40)).toEqual(["damaged", true, 0]);
    expect(status(0)).toEqual(["damaged", true, 0]);
  });
});
