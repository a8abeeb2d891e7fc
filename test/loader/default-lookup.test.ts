import { describe, expect, it, test } from "vitest";
import type { ElfFacts } from "../../src/elf/facts.ts";
import { listingByLookup, readDefaultLookup } from "../../src/loader/default-lookup.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { madeFacts } from "./made-view.ts";

const LOADER = "/lib64/ld-linux-x86-64.so.2";

describe("readDefaultLookup", () => {
  it("takes the kernel's object, and the first path of each name", () => {
    const output = "\tlinux-vdso.so.1 (0x1)\n\tliba.so => /lib/liba.so (0x2)\n\tliba.so => /opt/liba.so (0x3)\n";
    expect(readDefaultLookup(output, "")).toEqual({
      vdso: ["linux-vdso.so.1"],
      paths: new Map([["liba.so", "/lib/liba.so"]]),
    });
  });

  it("leaves out a library that lacks a version, or versions at all", () => {
    const output =
      "\tliba.so => /lib/liba.so (0x1)\n\tlibb.so => /lib/libb.so (0x1)\n\tlibc.so => /lib/libc.so (0x1)\n";
    const errors =
      "/bin/x: /lib/libz.so: version `V1' not found (required by /lib/liba.so)\n" +
      "/bin/x: /lib/libz.so: no version information available (required by /lib/libb.so)\n";
    expect([...(readDefaultLookup(output, errors)?.paths.keys() ?? [])]).toEqual(["libc.so"]);
  });

  it("knows nothing where the loader complains of anything but names that it did not find", () => {
    const missing =
      "ERROR: ld.so: object 'libx.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.\n";
    expect(readDefaultLookup("", missing)).not.toBeNull();
    expect(readDefaultLookup("", `${missing}something else\n`)).toBeNull();
  });
});

describe("listingByLookup", () => {
  const libraries: Record<string, ElfRecipe> = {
    "/lib/liba.so": { soname: "liba.so", needed: ["libc.so.6"], definitions: ["V1"] },
    "/lib/libb.so": { soname: "libb.so", needed: ["liba.so", "ld-linux-x86-64.so.2"] },
    "/lib/libc.so.6": { soname: "libc.so.6" },
    "/lib/libother.so": { soname: "libsame.so" },
    "/lib/librun.so": { runpath: "/opt" },
    "/lib/libown.so": {},
    [LOADER]: { soname: "ld-linux-x86-64.so.2" },
  };
  const opened = (path: string): ElfFacts | null => {
    const recipe = libraries[path];
    return recipe === undefined ? null : madeFacts(recipe);
  };
  const names = ["liba.so", "libb.so", "libc.so.6", "libother.so", "librun.so", "libown.so", "libunseen.so"];
  const lookup = { vdso: ["linux-vdso.so.1"], paths: new Map(names.map((name) => [name, `/lib/${name}`])) };
  const listing = (recipe: ElfRecipe) => listingByLookup(lookup, madeFacts(recipe), LOADER, opened);
  const VDSO = "\tlinux-vdso.so.1\n";

  it("lists breadth first, each name once, the loader by its path", () => {
    expect(listing({ needed: ["libb.so", "libc.so.6", "libb.so"], interpreter: LOADER })).toBe(
      `${VDSO}\tlibb.so => /lib/libb.so\n\tlibc.so.6 => /lib/libc.so.6\n\tliba.so => /lib/liba.so\n\t${LOADER}\n`,
    );
  });

  test.each<readonly [string, ElfRecipe]>([
    ["needs nothing", {}],
    ["has an RPATH", { needed: ["liba.so"], rpath: "/opt" }],
    ["has a RUNPATH", { needed: ["liba.so"], runpath: "/opt" }],
    ["is a filter", { needed: ["liba.so"], filters: ["libf.so"] }],
    ["leaves out the default folders", { needed: ["liba.so"], flags1: 0x800 }],
    ["has another interpreter", { needed: ["liba.so"], interpreter: "/lib/ld-musl.so" }],
    ["needs the loader first", { needed: ["ld-linux-x86-64.so.2", "liba.so"] }],
    ["needs what was not found", { needed: ["liba.so", "libgone.so"] }],
    ["needs what was not inspected", { needed: ["libunseen.so"] }],
    ["needs a library with another SONAME", { needed: ["libother.so"] }],
    ["needs a library with search paths", { needed: ["librun.so"] }],
    ["needs its own SONAME", { needed: ["liba.so"], soname: "liba.so" }],
    [
      "needs a version that is not defined",
      { needed: ["liba.so"], needs: [{ file: "liba.so", versions: [{ name: "V2" }] }] },
    ],
    [
      "needs a version of what it does not need",
      { needed: ["liba.so"], needs: [{ file: "libz.so", versions: [{ name: "V1" }] }] },
    ],
    [
      "needs two versions, of which one is not defined",
      { needed: ["liba.so"], needs: [{ file: "liba.so", versions: [{ name: "V1" }, { name: "V2" }] }] },
    ],
  ])("knows nothing of a file that %s", (_, recipe) => {
    expect(listing(recipe)).toBeNull();
  });

  test.each<readonly [string, ElfRecipe]>([
    ["with other flags", { flags1: 1 }],
    ["with a version that is defined", { needs: [{ file: "liba.so", versions: [{ name: "V1" }] }] }],
    ["with the loader as its interpreter", { interpreter: LOADER }],
  ])("lists a file %s", (_, more) => {
    expect(listing({ needed: ["liba.so"], ...more })).toBe(
      `${VDSO}\tliba.so => /lib/liba.so\n\tlibc.so.6 => /lib/libc.so.6\n`,
    );
  });

  it("takes a library without a SONAME by the name that was asked for", () => {
    expect(listing({ needed: ["libown.so"] })).toBe(`${VDSO}\tlibown.so => /lib/libown.so\n`);
  });
});
