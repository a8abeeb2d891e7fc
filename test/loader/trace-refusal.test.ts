import { describe, expect, it } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { type SeenFile, traceRefusal } from "../../src/loader/traceable.ts";
import type { FileType } from "../../src/snapshot/snapshot.ts";
import { type ElfRecipe, makeElf } from "../elf/make-elf.ts";

const facts = (recipe: ElfRecipe) => {
  const reading = readElf(bytesSource(makeElf(recipe)));
  if (reading.kind !== "elf") throw new Error(reading.kind);
  return reading.facts;
};

const elf = (path: string, recipe: ElfRecipe): SeenFile => ({
  ...{ path, type: "file", unread: false },
  elf: () => ({ kind: "elf", facts: facts(recipe) }),
});
const other = (path: string, type: FileType, target?: string): SeenFile => ({
  ...{ path, type, unread: false, ...(target === undefined ? {} : { target }) },
  elf: () => ({ kind: "not-elf" }),
});
const damaged: SeenFile = {
  ...other("/out/libbad.so.1", "file"),
  elf: () => ({ kind: "damaged", isLimit: false, reason: "cut" }),
};

const ask = (recipe: ElfRecipe, files: readonly SeenFile[], preloaded: readonly string[] = []) =>
  finish(traceRefusal(files, preloaded))(facts(recipe));

describe("traceRefusal", () => {
  it("lets the usual through: found, linked to, missing, dangling", () => {
    const files = [
      elf("/lib/libc.so.6", { soname: "libc.so.6" }),
      other("/lib/libz.so.1", "symlink", "libz.so.1.3"),
      elf("/lib/libz.so.1.3", { needed: ["libc.so.6"] }),
      other("/lib/libgone.so.1", "symlink", "no/where"),
      damaged,
    ];
    const needed = ["libc.so.6", "libz.so.1", "libgone.so.1", "libnowhere.so.1"];
    expect(ask({ needed, runpath: "$ORIGIN/../lib:/opt/lib:" }, files)).toBeNull();
  });

  it("goes on over links and needs to what is damaged", () => {
    const files = [
      other("/out/liblink.so", "symlink", "deep/libdeep.so"),
      elf("/out/deep/libdeep.so", { needed: ["libbad.so.1"] }),
      damaged,
    ];
    const expected = "the loader would open /out/libbad.so.1, which is damaged";
    for (const name of ["libbad.so.1", "liblink.so", "libdeep.so"])
      expect(ask({ needed: [name] }, files)).toBe(expected);
    expect(ask({ auxiliary: ["liblink.so"] }, files)).toBe(expected);
    expect(ask({ filters: ["liblink.so"] }, files)).toBe(expected);
    expect(ask({ needed: ["libc.so.6"] }, files, ["libdeep.so"])).toBe(expected);
    expect(ask({ needed: ["libc.so.6"] }, files)).toBeNull();
  });

  const BESIDE: readonly [string, readonly SeenFile[], RegExp][] = [
    ["a FIFO", [other("/out/liba.so", "fifo")], /\/out\/liba\.so, which is not a regular file/],
    ["a device", [other("/out/liba.so", "character")], /not a regular file/],
    ["a file that could not be read", [{ ...other("/out/liba.so", "file"), unread: true }], /could not be read/],
    ["a link below /proc", [other("/out/liba.so", "symlink", "/proc/self/root/x/liba.so")], /below \/proc/],
    [
      "a link to a link there",
      [other("/out/liba.so", "symlink", "b"), other("/b", "symlink", "../dev/c")],
      /below \/dev/,
    ],
    ["a separate debug file", [debugFile("/out/liba.so")], /not laid out as usual \(it is a separate debug file\)/],
  ];
  it.each(BESIDE)("refuses what may open %s", (_, files, expected) => {
    expect(ask({ needed: ["liba.so"] }, files)).toMatch(expected);
  });

  const ITSELF: readonly [string, ElfRecipe, RegExp][] = [
    ["an audit library", { audit: "x.so" }, /^it names an audit library/],
    ["an audit library without a name", { depaudit: "" }, /^it names an audit library/],
    ["a path that nobody looked at", { needed: ["/opt/liba.so"] }, /\/opt\/liba\.so, which was not inspected/],
    ["an object file", { needed: ["liba.o"] }, /liba\.o, which was not inspected/],
    ["a name with a token", { needed: ["liba-$PLATFORM.so"] }, /depends on the processor/],
    ["a search path below /proc", { runpath: "/lib:/proc/self/cwd" }, /a path below \/proc/],
    ["a search path over a link to it", { rpath: "$ORIGIN/there" }, /a path below \/sys/],
  ];
  it.each(ITSELF)("refuses a file with %s", (_, recipe, expected) => {
    expect(ask(recipe, [other("/out/there", "symlink", "/sys/fs")])).toMatch(expected);
  });

  it("refuses the directory that could not be listed", () => {
    const files = [{ ...other("/opt/locked", "directory"), unread: true }];
    expect(ask({ runpath: "/opt/locked" }, files)).toMatch(/\/opt\/locked, which could not be read/);
  });
});

function debugFile(path: string): SeenFile {
  const reading = { kind: "elf" as const, facts: { ...facts({}), oddity: "it is a separate debug file" } };
  return { ...other(path, "file"), elf: () => reading };
}
