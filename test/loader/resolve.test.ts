import { describe, expect, it } from "vitest";
import { preloadOfEnvironment, preloadOfFile } from "../../src/loader/preload.ts";
import { resolveProgram } from "../../src/loader/resolve.ts";
import { missingVersions } from "../../src/loader/versions.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { INTERPRETER, library, type Made, madeView, program } from "./made-view.ts";

const FOLDERS = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib", "/lib64", "/opt"];
const BASE: Record<string, Made> = {
  [INTERPRETER]: library("ld-linux-x86-64.so.2"),
  "/lib/x86_64-linux-gnu/libc.so.6": library("libc.so.6", { needed: ["ld-linux-x86-64.so.2"], definitions: ["V1"] }),
};

function resolve(files: Record<string, Made>, settings = {}, listed: readonly string[] = FOLDERS) {
  return resolveProgram(madeView({ ...BASE, ...files }, listed), "/app", settings);
}

describe("resolveProgram over what is known of an image", () => {
  it("says missing only where every folder is known", () => {
    const files = { "/app": program(["libgone.so.1"]) };
    expect(resolve(files).libraries).toMatchObject([
      { soname: "libgone.so.1", status: "missing", path: null, via: null },
    ]);
    const partial = resolve(files, {}, ["/lib/x86_64-linux-gnu", "/lib"]).libraries[0];
    expect(partial).toMatchObject({
      status: "unknown",
      skipped: [
        { path: "/usr/lib/x86_64-linux-gnu/libgone.so.1", reason: "unknown" },
        { path: "/usr/lib/libgone.so.1", reason: "unknown" },
      ],
    });
    expect(resolve(files, { cache: "unknown" }).libraries[0]?.status).toBe("unknown");
  });

  it("finds a library behind an unknown folder, and says that it went past one", () => {
    const { libraries } = resolve({ "/app": program(["libc.so.6"], { runpath: "/srv/lib" }) });
    expect(libraries[0]).toMatchObject({
      status: "found",
      via: "default",
      folderText: "/lib/x86_64-linux-gnu",
      skipped: [{ path: "/srv/lib/libc.so.6", reason: "unknown" }],
    });
    expect(libraries[1]).toMatchObject({
      soname: "ld-linux-x86-64.so.2",
      requiredBy: "/lib/x86_64-linux-gnu/libc.so.6",
      path: INTERPRETER,
      via: "loaded",
    });
  });

  it("does not know about a library of which the file is damaged", () => {
    const bad = { elf: { soname: "libbad.so", needed: ["x"], definitions: ["A"], chain: 17_000 } };
    const { libraries } = resolve({ "/app": program(["libbad.so"], { runpath: "/opt" }), "/opt/libbad.so": bad });
    expect(libraries[0]).toMatchObject({ status: "unknown", skipped: [{ path: "/opt/libbad.so", reason: "damaged" }] });
  });

  it("stops where it is told, and still counts what is needed beside it", () => {
    const files = {
      "/app": program(["libpq.so.5", "libown.so"]),
      "/usr/lib/libpq.so.5": library("libpq.so.5", { needed: ["libgssapi.so.2"] }),
      "/usr/lib/libown.so": library("libown.so", { needed: ["libz.so.1", "libpq.so.5"] }),
    };
    const { libraries } = resolve(files, { stopAt: (entry: { path: string }) => entry.path.endsWith("libpq.so.5") });
    expect(libraries.map(({ soname, requiredBy, via }) => `${requiredBy} ${soname} ${via}`)).toEqual([
      "/app libpq.so.5 default",
      "/app libown.so default",
      "/usr/lib/libown.so libz.so.1 null",
      "/usr/lib/libown.so libpq.so.5 loaded",
    ]);
  });

  it("resolves for another architecture, in its own folders, passing over ours", () => {
    const arm: ElfRecipe = { machine: 183 };
    const files = {
      "/app": {
        elf: {
          ...arm,
          interpreter: "/lib/ld-linux-aarch64.so.1",
          needed: ["libc.so.6"],
          runpath: "/lib/x86_64-linux-gnu",
        },
      },
      "/usr/lib/aarch64-linux-gnu/libc.so.6": library("libc.so.6", arm),
      "/lib/ld-linux-aarch64.so.1": { link: "aarch64-linux-gnu/ld.so" },
    };
    const listed = [...FOLDERS, "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
    const { abi, libraries, interpreter } = resolve(files, {}, [...listed, "/lib"]);
    expect(abi?.architecture).toBe("arm64");
    expect(interpreter?.status).toBe("missing");
    expect(libraries).toMatchObject([
      {
        path: "/usr/lib/aarch64-linux-gnu/libc.so.6",
        skipped: [{ path: "/lib/x86_64-linux-gnu/libc.so.6", reason: "machine" }],
      },
    ]);
  });

  it("says nothing of what another libc's loader would do", () => {
    const musl = { elf: { interpreter: "/lib/ld-musl-x86_64.so.1", needed: ["libc.musl-x86_64.so.1"] } };
    expect(resolve({ "/app": musl })).toMatchObject({
      status: "foreign",
      libraries: [],
      interpreter: { status: "missing" },
    });
  });

  it("tells what cannot be resolved at all", () => {
    const status = (made: Made) => resolve({ "/app": made }).status;
    expect(status("file")).toBe("not-elf");
    expect(status("absent")).toBe("absent");
    expect(status({ elf: { type: 1 } })).toBe("not-loadable");
    expect(status({ elf: { type: 4 } })).toBe("not-loadable");
    expect(status({ link: "app" })).toBe("absent");
    expect(resolveProgram(madeView({}), "/app").status).toBe("unknown");
  });

  it("knows the interpreter as missing, and then libc's need of it too", () => {
    const gone: ElfRecipe = { interpreter: "/lib64/ld-none.so.2", needed: ["ld-none.so.2"] };
    const { interpreter, libraries } = resolve({ "/app": { elf: gone } });
    expect(interpreter).toMatchObject({ path: "/lib64/ld-none.so.2", named: true, status: "missing" });
    expect(libraries).toMatchObject([{ soname: "ld-none.so.2", via: "loaded", status: "missing", path: null }]);
  });

  it("takes the machine's loader for a shared object that names none", () => {
    const { interpreter, libraries } = resolve({ "/app": library("libapp.so", { needed: ["libc.so.6"] }) });
    expect(interpreter).toMatchObject({ path: INTERPRETER, named: false, status: "found" });
    expect(libraries.map(({ status }) => status)).toEqual(["found", "found"]);
  });

  it("gives a plugin its main program's name as loaded, and the same SONAME once", () => {
    const files = {
      "/app": program(["libone.so.1"], { soname: "libself.so" }),
      "/usr/lib/libone.so.1": library("libone.so.1", { needed: ["libself.so"] }),
    };
    expect(resolve(files).libraries[1]).toMatchObject({ soname: "libself.so", via: "loaded", path: "/app" });
  });
});

describe("$PLATFORM", () => {
  it("is the machine's, and unknown where it depends on the processor", () => {
    const files = {
      "/app": program(["libone.so"], { runpath: "/opt/$PLATFORM" }),
      "/opt/x86_64/libone.so": library("libone.so"),
    };
    expect(resolve(files).libraries[0]?.path).toBe("/opt/x86_64/libone.so");
    const power: ElfRecipe = {
      machine: 21,
      flags: 2,
      interpreter: "/lib64/ld64.so.2",
      needed: ["l.so"],
      runpath: "/opt/$PLATFORM",
    };
    const there = [...FOLDERS, "/lib/powerpc64le-linux-gnu", "/usr/lib/powerpc64le-linux-gnu"];
    expect(resolve({ "/app": { elf: power } }, {}, there).libraries[0]).toMatchObject({
      status: "unknown",
      skipped: [{ path: "/opt/$PLATFORM", reason: "platform" }],
    });
  });
});

describe("preloading", () => {
  it("reads the variable and the file", () => {
    expect(preloadOfEnvironment(" /a.so:libb.so  libc.so ").map(({ name }) => name)).toEqual([
      "/a.so",
      "libb.so",
      "libc.so",
    ]);
    expect(preloadOfFile("# none\n/a.so\tlibb.so:/c.so # d.so\n")).toEqual(
      ["/a.so", "libb.so", "/c.so"].map((name) => ({ name, from: "ld.so.preload" })),
    );
  });

  it("in secure-execution mode takes no paths from the variable, and only setuid libraries", () => {
    const files = { "/app": program([]), "/usr/lib/libpre.so": library("libpre.so") };
    const preload = [...preloadOfEnvironment("/usr/lib/libpre.so libpre.so"), ...preloadOfFile("/usr/lib/libpre.so")];
    const { libraries } = resolve(files, { preload, secure: true });
    expect(libraries.map(({ status, skipped }) => [status, skipped])).toEqual([
      ["missing", [{ path: "/usr/lib/libpre.so", reason: "secure" }]],
      ["missing", [{ path: "/usr/lib/libpre.so", reason: "secure" }]],
      ["found", []],
    ]);
  });
});

describe("missingVersions", () => {
  it("asks whoever answers to the name, and nobody where it is not loaded", () => {
    const needs = [
      { file: "libc.so.6", versions: [{ name: "V1" }, { name: "V9" }, { name: "V8", weak: true }] },
      { file: "libgone.so", versions: [{ name: "V1" }] },
    ];
    const { objects } = resolve({ "/app": program(["libc.so.6"], { needs }) });
    const where = { requiredBy: "/app", providedByPath: "/lib/x86_64-linux-gnu/libc.so.6", file: "libc.so.6" };
    expect(missingVersions(objects)).toEqual([
      { ...where, version: "V9", weak: false },
      { ...where, version: "V8", weak: true },
    ]);
  });
});
