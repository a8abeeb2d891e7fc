import { describe, expect, it } from "vitest";
import { Allowance } from "../../src/base/allowance.ts";
import { resolveProgram } from "../../src/loader/resolve.ts";
import type { LoaderSettings } from "../../src/loader/settings.ts";
import { missingVersions } from "../../src/loader/versions.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { completeView, INTERPRETER, library, type Made, program } from "./made-view.ts";

/*
 * What the loader maps and what it says of it (glibc elf/dl-load.c, elf/dl-deps.c, elf/rtld.c), over made files.
 * `rules.test.ts` asks the real loader about the same.
 */

type Files = Record<string, Made>;

function resolve(files: Files, settings: LoaderSettings = {}, path = "/bin/app") {
  return resolveProgram(completeView({ [INTERPRETER]: library("ld-linux-x86-64.so.2"), ...files }), path, settings);
}

/** `NAME VIA PATH` of each need. */
function needs(files: Files, settings: LoaderSettings = {}, path?: string): string[] {
  return resolve(files, settings, path).libraries.map((one) => `${one.soname} ${one.via} ${one.path}`);
}

describe("$ORIGIN where a link leads to the file", () => {
  const app = (more: ElfRecipe = {}) => program(["libone.so"], { runpath: "$ORIGIN", ...more });
  const behind = (made: Made): Files => ({ "/real/app": made, "/bin/app": { link: "/real/app" } });
  const [real, link] = [{ "/real/libone.so": library("libone.so") }, { "/bin/libone.so": library("libone.so") }];
  const PIE = 0x0800_0000;
  it.each<[string, Made, LoaderSettings, "real" | "link"]>([
    ["of a program is the folder of the file", app(), {}, "real"],
    ["or that of the link, as older loaders list it", app(), { programOrigin: "given" }, "link"],
    ["of a program with a SONAME", app({ soname: "app", flags1: PIE }), {}, "real"],
    ["of a library with an interpreter is the folder of the link", app({ soname: "app" }), {}, "link"],
    ["of a library too", { elf: { needed: ["libone.so"], runpath: "$ORIGIN" } }, {}, "link"],
  ])("%s", (_, made, settings, where) => {
    expect(needs({ ...behind(made), ...real }, settings)[0]?.includes("/real/libone.so")).toBe(where === "real");
    expect(needs({ ...behind(made), ...link }, settings)[0]?.includes("/bin/libone.so")).toBe(where === "link");
  });

  it("of a needed library is the folder by which it was opened", () => {
    const files = {
      "/bin/app": program(["libtop.so"], { runpath: "/link" }),
      "/link/libtop.so": { link: "../real/libtop.so" },
      "/real/libtop.so": library("libtop.so", { needed: ["libone.so"], runpath: "$ORIGIN" }),
      ...real,
    };
    expect(needs(files)).toEqual(["libtop.so runpath /link/libtop.so", "libone.so null null"]);
  });
});

describe("what is loaded already", () => {
  it("answers to its SONAME, whatever its file is called", () => {
    const files = {
      "/bin/app": program(["libreal.so.7", "libuser.so"]),
      "/lib/libreal.so.7": library("libshared.so.7"),
      "/lib/libshared.so.7": library("libshared.so.7"),
      "/lib/libuser.so": library("libuser.so", { needed: ["libshared.so.7"] }),
    };
    expect(needs(files)).toEqual([
      "libreal.so.7 default /lib/libreal.so.7",
      "libuser.so default /lib/libuser.so",
      "libshared.so.7 loaded /lib/libreal.so.7",
    ]);
  });

  it("answers first where several have one SONAME", () => {
    const files = {
      "/bin/app": program(["liba.so", "libb.so", "libsame.so"]),
      "/lib/liba.so": library("libsame.so"),
      "/lib/libb.so": library("libsame.so"),
    };
    expect(needs(files).at(-1)).toBe("libsame.so loaded /lib/liba.so");
  });

  it("is the same by another name, and then answers to that one too", () => {
    const files: Files = {
      "/bin/app": program(["libone.so", "libtwo.so", "libuser.so"]),
      "/lib/libone.so": { elf: {} },
      "/lib/libtwo.so": { link: "libone.so" },
      "/lib/libuser.so": library("libuser.so", { needed: ["libtwo.so"] }),
    };
    expect(needs(files)).toEqual([
      "libone.so default /lib/libone.so",
      "libtwo.so default /lib/libone.so",
      "libuser.so default /lib/libuser.so",
      "libtwo.so loaded /lib/libone.so",
    ]);
    const { objects } = resolve(files);
    expect(objects.map(({ path }) => path)).toEqual(["/bin/app", INTERPRETER, "/lib/libone.so", "/lib/libuser.so"]);
    expect([...(objects[2]?.names ?? [])]).toEqual(["libone.so", "libtwo.so"]);
  });

  it("answers to the path that a name with tokens makes", () => {
    const name = "$ORIGIN/../lib/libone.so";
    const files = {
      "/bin/app": program([name, "/bin/../lib/libone.so"]),
      "/lib/libone.so": library("libone.so"),
    };
    expect(needs(files)).toEqual([
      `${name} path /bin/../lib/libone.so`,
      "/bin/../lib/libone.so loaded /bin/../lib/libone.so",
    ]);
  });

  it("is told for everyone who needs it, or for the first alone", () => {
    const files = {
      "/bin/app": program(["libone.so", "libtwo.so", "libgone.so"]),
      "/lib/libone.so": library("libone.so", { needed: ["libtwo.so", "libgone.so"] }),
      "/lib/libtwo.so": library("libtwo.so", { needed: ["ld-linux-x86-64.so.2"] }),
    };
    const all = resolve(files).libraries.map(({ soname, requiredBy }) => `${requiredBy} ${soname}`);
    const first = [
      "/bin/app libone.so",
      "/bin/app libtwo.so",
      "/bin/app libgone.so",
      "/lib/libone.so libgone.so",
      "/lib/libtwo.so ld-linux-x86-64.so.2",
    ];
    expect(all).toEqual([...first.slice(0, 3), "/lib/libone.so libtwo.so", ...first.slice(3)]);
    // What is not there is asked for again each time.
    const once = resolve(files, { firstOnly: true }).libraries;
    expect(once.map(({ soname, requiredBy }) => `${requiredBy} ${soname}`)).toEqual(first);
    // What is preloaded, or opened later, is told beside the need.
    const settings = { firstOnly: true, preload: [{ name: "libone.so", from: "LD_PRELOAD" }] } as const;
    expect(needs(files, settings).filter((line) => line.startsWith("libone.so"))).toEqual([
      "libone.so preload /lib/libone.so",
      "libone.so loaded /lib/libone.so",
    ]);
    expect(needs(files, { firstOnly: true, opened: ["libone.so"] }).at(-1)).toBe("libone.so loaded /lib/libone.so");
  });
});

describe("preloaded and opened libraries", () => {
  const files = {
    "/bin/app": program(["libone.so"]),
    "/lib/libone.so": library("libone.so"),
    "/p/libpre.so": library("libpre.so", { needed: ["libdeep.so"], runpath: "/p" }),
    "/p/libdeep.so": library("libdeep.so"),
  };
  const preload = ["/p/libpre.so", "libgone.so"].map((name) => ({ name, from: "ld.so.preload" }) as const);

  it("preloaded ones come first, their needs after the program's", () => {
    expect(needs(files, { preload })).toEqual([
      "/p/libpre.so preload /p/libpre.so",
      "libgone.so preload null",
      "libone.so default /lib/libone.so",
      "libdeep.so runpath /p/libdeep.so",
    ]);
  });

  it("opened ones come last", () => {
    expect(needs(files, { opened: ["/p/libpre.so", "libgone.so", "libone.so"] })).toEqual([
      "libone.so default /lib/libone.so",
      "/p/libpre.so opened /p/libpre.so",
      "libdeep.so runpath /p/libdeep.so",
      "libgone.so opened null",
      "libone.so loaded /lib/libone.so",
    ]);
  });

  it("have no needs that count where a package brings them", () => {
    const stopAt = ({ path }: { path: string }) => path === "/p/libpre.so";
    expect(needs(files, { preload, stopAt })).not.toContain("libdeep.so runpath /p/libdeep.so");
    expect(needs(files, { opened: ["/p/libpre.so"], stopAt })).toEqual([
      "libone.so default /lib/libone.so",
      "/p/libpre.so opened /p/libpre.so",
    ]);
  });
});

describe("audit libraries (DT_AUDIT)", () => {
  const files = (more: ElfRecipe) => ({
    "/bin/app": { elf: { needed: ["libone.so"], ...more } },
    "/lib/libone.so": library("libone.so", { audit: "libinner.so" }),
    "/lib/libaudit.so": library("libaudit.so", { needed: ["libdeep.so"] }),
    "/lib/libdeep.so": library("libdeep.so"),
  });
  const audit = "libaudit.so::libgone.so";

  it("of a program are needs, as are theirs; those of libraries are not", () => {
    expect(needs(files({ audit, interpreter: INTERPRETER }))).toEqual([
      "libone.so default /lib/libone.so",
      "libaudit.so default /lib/libaudit.so",
      "libdeep.so default /lib/libdeep.so",
      "libgone.so null null",
    ]);
    const stopAt = ({ path }: { path: string }) => path === "/lib/libaudit.so";
    expect(needs(files({ audit, interpreter: INTERPRETER }), { stopAt })).not.toContain(
      "libdeep.so default /lib/libdeep.so",
    );
  });

  it("of a library in the program's place are not", () => {
    expect(needs(files({ audit }))).toEqual(["libone.so default /lib/libone.so"]);
  });
});

describe("the status", () => {
  const PIE = 0x0800_0000;
  it.each<[string, ElfRecipe, string]>([
    ["without a dynamic section", { dynamic: false }, "static"],
    ["relocating itself alone", { flags1: PIE }, "static"],
    ["relocating itself, with a need", { flags1: PIE, needed: ["libone.so"] }, "dynamic"],
    ["relocating itself, with an interpreter", { flags1: PIE, interpreter: INTERPRETER }, "dynamic"],
    ["a library without needs", {}, "dynamic"],
    ["a program at fixed addresses", { type: 2, interpreter: INTERPRETER }, "dynamic"],
  ])("of a file %s", (_, elf, status) => {
    expect(resolve({ "/bin/app": { elf } }).status).toBe(status);
  });

  it("of a damaged file has its damage", () => {
    const elf = { soname: "app", definitions: ["A"], chain: 17_000 };
    expect(resolve({ "/bin/app": { elf } })).toMatchObject({
      status: "damaged",
      damage: { isLimit: true },
      facts: null,
    });
  });

  it("of the root is that of a folder", () => {
    expect(resolve({}, {}, "/").status).toBe("not-elf");
  });
});

describe("the interpreter", () => {
  const interpreter = (elf: ElfRecipe, files: Files = {}) => resolve({ "/bin/app": { elf }, ...files }).interpreter;

  it("is found behind links", () => {
    const files: Files = { "/lib64": { link: "usr/lib64" }, "/usr/lib64/ld.so": library("ld.so") };
    const view = completeView({ "/bin/app": program([], { interpreter: "/lib64/ld.so" }), ...files });
    const { interpreter: found, objects } = resolveProgram(view, "/bin/app");
    expect(found).toMatchObject({ path: "/lib64/ld.so", realPath: "/usr/lib64/ld.so", status: "found", named: true });
    expect(objects[1]).toMatchObject({
      role: "interpreter",
      realPath: "/usr/lib64/ld.so",
      origin: "/lib64",
      loader: null,
      facts: { soname: "ld.so" },
    });
  });

  it.each<[string, ElfRecipe, Files, string | undefined]>([
    ["is missing", { interpreter: "/lib/ld-gone.so" }, {}, "missing"],
    ["is missing behind a loop", { interpreter: "/lib/l.so" }, { "/lib/l.so": { link: "l.so" } }, "missing"],
    // It depends on where the program is started.
    ["is not known by a relative path", { interpreter: "lib/ld.so" }, { "/lib/ld.so": library("ld.so") }, "unknown"],
    ["is the machine's for a library with needs", { needed: ["x"] }, {}, "found"],
    ["is none for a library without", {}, {}, undefined],
    ["is none for a machine that is not known", { machine: 9999, needed: ["x"] }, {}, undefined],
  ])("%s", (_, elf, files, status) => {
    expect(interpreter(elf, files)?.status).toBe(status);
  });

  it("answers to its file name where it is not there or has no SONAME", () => {
    const files = { "/bin/app": program(["ld-x.so"], { interpreter: "/lib/ld-x.so" }) };
    expect(resolve(files).libraries).toMatchObject([{ via: "loaded", status: "missing", realPath: null, entry: null }]);
    expect(resolve(files).objects[1]).toMatchObject({ realPath: "/lib/ld-x.so", facts: null, entry: null });
    const text = resolve({ ...files, "/lib/ld-x.so": { text: "#!/bin/sh\n" } });
    expect(text.libraries).toMatchObject([{ via: "loaded", status: "found", path: "/lib/ld-x.so" }]);
  });
});

describe("missingVersions (elf/dl-version.c)", () => {
  const needing = (file: string, ...names: string[]) => [{ file, versions: names.map((name) => ({ name })) }];
  const files = {
    "/bin/app": program(["libone.so", "libold.so"], { needs: needing("libone.so", "V1", "V2") }),
    "/lib/libone.so": library("libone.so", { definitions: ["V1"], needs: needing("libold.so", "X") }),
    "/lib/libold.so": library("libold.so", { needs: needing("libone.so", "V3", "V1") }),
  };
  const { objects } = resolve(files);
  const shown = (of?: typeof objects, allowance?: Allowance) =>
    missingVersions(objects, of, allowance).map(({ file, version, requiredBy }) => `${requiredBy} ${file} ${version}`);

  it("are those that a library with versions does not define", () => {
    expect(shown()).toEqual(["/bin/app libone.so V2", "/lib/libold.so libone.so V3"]);
    expect(shown(objects.slice(3))).toEqual(["/lib/libold.so libone.so V3"]);
    expect(shown([])).toEqual([]);
  });

  it("are not all told where the allowance is spent", () => {
    const counts = [0, 50, 150, 250, 1000].map((own) => shown(undefined, new Allowance(own, { left: 0 })).length);
    expect(counts).toEqual([0, 0, 1, 2, 2]);
  });
});
