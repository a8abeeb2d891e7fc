import { expect, test } from "vitest";
import { answerFor, LIB, type MadeImage } from "./made-images.ts";
import { LOADER } from "./made-run.ts";

/** The program loads liba.so.1, which loads libb.so.1; each is in a package of its own. */
const image = (more: MadeImage["files"]): MadeImage => ({
  files: {
    [`${LIB}/liba.so.1`]: { elf: { soname: "liba.so.1", needed: ["libb.so.1"] } },
    [`${LIB}/libb.so.1`]: { elf: { soname: "libb.so.1" } },
    ...more,
  },
  packages: { liba1: { Files: `${LIB}/liba.so.1`, Depends: "libb1" }, libb1: { Files: `${LIB}/libb.so.1` } },
});
const builder = image({ "/out": "folder", "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1"] } } });

test.each([
  ["a base that has both", image({}), false, []],
  ["a base that has both, with --direct", image({}), true, ["liba1"]],
  ["an empty base", { files: {}, packages: {} }, false, ["liba1"]],
  ["an empty base, with --direct", { files: {}, packages: {} }, true, ["liba1"]],
])("%s", (_, base, direct, install) => {
  expect(answerFor(builder, base, { direct }).install).toEqual(install);
});
