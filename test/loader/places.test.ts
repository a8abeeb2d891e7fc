import { describe, expect, it } from "vitest";
import type { CacheEntry } from "../../src/loader/cache.ts";
import { resolveProgram } from "../../src/loader/resolve.ts";
import type { LoaderSettings } from "../../src/loader/settings.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { cached, copies, type Files, libraries, ONE, one, shown } from "./made-search.ts";
import { library, madeView, program } from "./made-view.ts";

/*
 * The rules of ld.so(8) and glibc's elf/dl-load.c over made files. `rules.test.ts` asks the real loader about them.
 */

describe("the order of places", () => {
  const everywhere = copies("/r", "/e", "/c", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib");
  const cache = [cached("/c/libone.so")];
  const [, , ...defaults] = Object.keys(everywhere);
  it.each<[string, ElfRecipe, LoaderSettings, string]>([
    ["RPATH first", { rpath: "/r" }, { libraryPath: "/e", cache }, "rpath /r/libone.so"],
    ["LD_LIBRARY_PATH before RUNPATH", { runpath: "/r" }, { libraryPath: "/e", cache }, "library-path /e/libone.so"],
    ["RUNPATH before the cache", { runpath: "/r" }, { cache }, "runpath /r/libone.so"],
    ["no RPATH beside a RUNPATH", { rpath: "/r", runpath: "/none" }, { cache }, "cache /c/libone.so"],
    ["the cache before the default folders", {}, { cache }, "cache /c/libone.so"],
    ["the default folders last", {}, {}, "default /lib/x86_64-linux-gnu/libone.so"],
    ["no LD_LIBRARY_PATH in secure mode", {}, { libraryPath: "/e", secure: true, cache }, "cache /c/libone.so"],
    ["RUNPATH in secure mode", { runpath: "/r" }, { secure: true, cache }, "runpath /r/libone.so"],
  ])("%s", (_, app, settings, expected) => {
    expect(shown(one(app, everywhere, settings))).toBe(expected);
  });

  it("goes through the default folders in order", () => {
    const left = { ...everywhere };
    for (const path of defaults.slice(1)) {
      expect(one({}, left)).toMatchObject({ path, folderText: path.replace("/libone.so", ""), skipped: [] });
      delete left[path];
    }
    expect(shown(one({}, left))).toBe("missing");
  });

  it("has only /lib and /usr/lib, and plain lib for $LIB, for a machine that is none of Debian's", () => {
    const odd: ElfRecipe = { machine: 9999, interpreter: "/lib/ld.so.1" };
    const files = { "/lib/libone.so": library("libone.so", { machine: 9999 }) };
    expect(shown(one(odd, files))).toBe("default /lib/libone.so");
    const moved = { "/opt/lib/libone.so": library("libone.so", { machine: 9999 }) };
    expect(shown(one({ ...odd, runpath: "/opt/$LIB" }, moved))).toBe("runpath /opt/lib/libone.so");
  });
});

describe("RPATH and RUNPATH of what loads a library", () => {
  /** The program needs libmid.so, which needs libone.so; where that one is found. */
  const deep = (app: ElfRecipe, mid: ElfRecipe, files: Files) => {
    const all = { "/usr/lib/libmid.so": library("libmid.so", { needed: ["libone.so"], ...mid }), ...files };
    const found = libraries(program(["libmid.so"], app), all).find(({ soname }) => soname === "libone.so");
    return found === undefined ? "not asked for" : shown(found);
  };
  it.each<[string, ElfRecipe, ElfRecipe, string]>([
    ["the program's RPATH counts for the library", { rpath: "/a" }, {}, "rpath /a/libone.so"],
    ["the library's own RPATH comes first", { rpath: "/a" }, { rpath: "/b" }, "rpath /b/libone.so"],
    ["the program's RUNPATH does not", { runpath: "/a" }, {}, "missing"],
    ["no RPATH counts for a library with a RUNPATH", { rpath: "/a" }, { rpath: "/b", runpath: "/none" }, "missing"],
    ["nor does the RPATH of a program with a RUNPATH", { rpath: "/a", runpath: "/none" }, {}, "missing"],
  ])("%s", (_, app, mid, expected) => {
    expect(deep(app, mid, copies("/a", "/b"))).toBe(expected);
  });

  it("goes on to the program past a loader with a RUNPATH", () => {
    const files = {
      "/a/libtop.so": library("libtop.so", { needed: ["libmid.so"], rpath: "/none", runpath: "/a" }),
      "/a/libmid.so": library("libmid.so", { needed: ["libone.so"] }),
      ...copies("/b"),
    };
    const found = libraries(program(["libtop.so"], { rpath: "/a:/b" }), files);
    expect(found.map(shown)).toEqual(["rpath /a/libtop.so", "runpath /a/libmid.so", "rpath /b/libone.so"]);
  });

  it("takes the program's RPATH for what the program opens, once", () => {
    const files = { "/p/plugin.so": library("plugin.so", { needed: ["libone.so"], rpath: "/none" }), ...copies("/a") };
    const settings = { opened: ["/p/plugin.so"] };
    const found = libraries(program([], { rpath: "/a" }), files, settings);
    expect(found.map(shown)).toEqual(["opened /p/plugin.so", "rpath /a/libone.so"]);
    const lost = libraries(program(["libgone.so"], { rpath: "/a/$PLATFORM" }), {}, { platform: "x" });
    expect(lost[0]?.skipped).toEqual([]);
  });

  it("reads $ORIGIN of LD_LIBRARY_PATH from the program, of other lists from their own object", () => {
    const files = { "/usr/lib/libmid.so": library("libmid.so", { needed: ["libone.so"] }), ...copies("/bin/x") };
    const found = libraries(program(["libmid.so"]), files, { libraryPath: "$ORIGIN/x" });
    expect(found.map(shown)).toContain("library-path /bin/x/libone.so");
    const own = { "/usr/lib/libmid.so": library("libmid.so", { needed: ["libone.so"], rpath: "$ORIGIN/x" }) };
    const inner = libraries(program(["libmid.so"]), { ...own, ...copies("/usr/lib/x") });
    expect(inner.map(shown)).toContain("rpath /usr/lib/x/libone.so");
  });
});

describe("the elements of a search path", () => {
  it.each<[string, ElfRecipe, LoaderSettings, string]>([
    ["are parted by colons", { rpath: "/none:/a" }, {}, "rpath /a/libone.so"],
    ["of LD_LIBRARY_PATH by semicolons too", {}, { libraryPath: "/none;/a" }, "library-path /a/libone.so"],
    ["of an RPATH by colons alone", { rpath: "/none;/a" }, {}, "missing"],
    ["may end in slashes", { runpath: "/a///" }, {}, "runpath /a/libone.so"],
    ["may be empty: the working directory", { runpath: "/none:" }, { workingDirectory: "/a" }, "runpath /a/libone.so"],
    ["may be relative to it", { runpath: "a" }, { workingDirectory: "/" }, "runpath /a/libone.so"],
    ["vanish with their tokens", { runpath: "$PLATFORM" }, { workingDirectory: "/a", platform: "" }, "missing"],
    ["with $PLATFORM as it is given", { runpath: "/$PLATFORM" }, { platform: "a" }, "runpath /a/libone.so"],
    ["an empty list has none", { rpath: "", runpath: "" }, { workingDirectory: "/a", libraryPath: "" }, "missing"],
  ])("%s", (_, app, settings, expected) => {
    expect(shown(one(app, { ...copies("/a"), "/libone.so": ONE }, settings))).toBe(expected);
  });

  it("with $LIB have the multiarch folder", () => {
    expect(shown(one({ runpath: "/opt/$LIB" }, copies("/opt/lib", "/opt/lib/x86_64-linux-gnu")))).toBe(
      "runpath /opt/lib/x86_64-linux-gnu/libone.so",
    );
  });

  it("are told as they are written", () => {
    expect(one({ runpath: "$ORIGIN/../a/" }, copies("/a"))).toMatchObject({
      path: "/bin/../a/libone.so",
      realPath: "/a/libone.so",
      folderText: "$ORIGIN/../a/",
    });
  });

  it("count once, and their folders are left out where they do not exist", () => {
    const app = program(["libone.so"], { rpath: "/x:/x/:/gone:/x" });
    expect(libraries(app, {})[0]).toMatchObject({ status: "missing", skipped: [] });
    const notListed = madeView({ "/app": app, "/x": "folder" }, ["/", "/lib", "/usr/lib"]);
    expect(resolveProgram(notListed, "/app").libraries[0]).toMatchObject({
      status: "unknown",
      skipped: [{ path: "/x/libone.so", reason: "unknown" }],
    });
  });

  it("are passed over where the working directory is not known", () => {
    expect(one({ runpath: ":a:$ORIGIN" }, {})).toMatchObject({
      status: "missing",
      skipped: [
        { path: "", reason: "working-directory" },
        { path: "a", reason: "working-directory" },
      ],
    });
  });

  it("do not hide each other: a program may have a list of each kind", () => {
    const app = { rpath: "/none" };
    expect(shown(one(app, copies("/a"), { libraryPath: "/a" }))).toBe("library-path /a/libone.so");
  });

  it("are told up to a limit", () => {
    const list = Array.from({ length: 400 }, (_, index) => `${index}`).join(":");
    expect(one({ runpath: list }, {}).skipped).toHaveLength(256);
  });
});

describe("the cache", () => {
  const v2 = cached("/v2/libone.so", { hwcap: "x86-64-v2" });
  const v3 = cached("/v3/libone.so", { hwcap: "x86-64-v3" });
  const plain = cached("/a/libone.so");
  const files = copies("/a", "/b", "/v2", "/v3");
  it.each<[string, readonly CacheEntry[], LoaderSettings, string]>([
    ["gives the first entry of a name", [plain, cached("/b/libone.so")], {}, "cache /a/libone.so"],
    ["has no other names", [cached("/a/libone.so", { soname: "libtwo.so" })], {}, "missing"],
    [
      "passes over another ABI",
      [cached("/a/libone.so", { flags: 0x803 }), cached("/b/libone.so")],
      {},
      "cache /b/libone.so",
    ],
    ["passes over unmarked entries on amd64", [cached("/a/libone.so", { flags: 3 })], {}, "missing"],
    ["passes over what the processor lacks", [v2, v3, plain], {}, "cache /a/libone.so"],
    ["gives what the processor has", [v3, v2, plain], { hwcaps: ["x86-64-v2"] }, "cache /v2/libone.so"],
    ["gives the best", [v2, v3, plain], { hwcaps: ["x86-64-v3", "x86-64-v2"] }, "cache /v3/libone.so"],
    ["has nothing but such", [v3], { hwcaps: ["x86-64-v2"] }, "missing"],
  ])("%s", (_, cache, settings, expected) => {
    expect(shown(one({}, files, { ...settings, cache }))).toBe(expected);
  });

  it("notes what a processor with more capabilities would get", () => {
    expect(one({}, files, { cache: [v3, v2, plain], hwcaps: ["x86-64-v2"] }).skipped).toEqual([
      { path: "/v3/libone.so", reason: "hwcaps" },
    ]);
  });

  it("goes on where its file is gone", () => {
    const { via, skipped } = one({}, copies("/usr/lib"), { cache: [cached("/gone/libone.so")] });
    expect([via, skipped]).toEqual(["default", []]);
  });

  it("may not have been looked at", () => {
    expect(one({}, {}, { cache: "unknown" })).toMatchObject({
      status: "unknown",
      skipped: [{ path: "ld.so.cache", reason: "unknown" }],
    });
    expect(shown(one({}, copies("/usr/lib"), { cache: "unknown" }))).toBe("default /usr/lib/libone.so");
    expect(shown(one({}, {}, { cache: null }))).toBe("missing");
  });

  it.each<[string, ElfRecipe, number, string]>([
    ["armhf", { machine: 40, class: 32, flags: 0x5000400, interpreter: "/lib/ld-linux-armhf.so.3" }, 3, "cache"],
    [
      "armhf, marked",
      { machine: 40, class: 32, flags: 0x5000400, interpreter: "/lib/ld-linux-armhf.so.3" },
      0x903,
      "cache",
    ],
    [
      "armhf, as armel",
      { machine: 40, class: 32, flags: 0x5000400, interpreter: "/lib/ld-linux-armhf.so.3" },
      0xb03,
      "missing",
    ],
    ["arm64", { machine: 183, interpreter: "/lib/ld-linux-aarch64.so.1" }, 3, "missing"],
    ["a machine that is none of Debian's", { machine: 9999, interpreter: "/lib/ld.so.1" }, 0x42, "cache"],
  ])("of %s", (_, recipe, flags, expected) => {
    const { machine, class: bits = 64, flags: header = 0 } = recipe;
    const same = { "/a/libone.so": library("libone.so", { machine: machine ?? 0, class: bits, flags: header }) };
    const { via, status } = one(recipe, same, { cache: [cached("/a/libone.so", { flags })] });
    expect(via ?? status).toBe(expected);
  });

  it("belongs to the settings that it comes with", () => {
    expect(shown(one({}, files, { cache: [plain] }))).toBe("cache /a/libone.so");
    expect(shown(one({}, files, { cache: [cached("/b/libone.so")] }))).toBe("cache /b/libone.so");
  });
});

describe("DF_1_NODEFLIB", () => {
  const NODEFLIB = 0x800;
  it.each<[string, string, string]>([
    ["leaves out entries of the cache in the default folders", "/usr/lib/libone.so", "missing"],
    ["takes others", "/usr/libexec/libone.so", "cache /usr/libexec/libone.so"],
  ])("%s, and the default folders", (_, path, expected) => {
    const files = copies("/usr/lib", "/usr/libexec");
    expect(shown(one({ flags1: NODEFLIB }, files, { cache: [cached(path)] }))).toBe(expected);
    expect(shown(one({ flags1: 1 }, files, { cache: [cached(path)] }))).toBe(`cache ${path}`);
  });
});
