import { expect, test } from "vitest";
import { answerFor } from "./made-images.ts";
import { LOADER } from "./made-run.ts";

/** A program that needs liba.so.1, which neither builder nor base has; two packages of the release do. */
function answer(installed: string) {
  return answerFor(
    { files: { "/out": "folder", "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1"] } } } },
    { files: {}, packages: {} },
    {
      runtime: installed === "" ? "" : `RUN apt-get install -y ${installed}`,
      knowledge: {
        lookup: (soname) =>
          soname === "liba.so.1" ? { kind: "packages", names: ["liba1t64", "liba1-alt"] } : { kind: "absent" },
        packageOf: (name) => (name === "liba1" ? "liba1t64" : name),
      },
    },
  );
}

test.each([
  ["by its own name", "liba1t64", "liba1t64"],
  ["by a name that it provides", "liba1", "liba1t64"],
  ["another package that has the library", "zlib1g liba1-alt", "liba1-alt"],
])("a listed package keeps a library that the builder does not have: %s", (_, installed, name) => {
  const { install, packages, missing, notes } = answer(installed);
  expect(install).toEqual([name]);
  expect(missing).toEqual([]);
  expect(packages).toMatchObject([{ name, sonames: ["liba.so.1"], reasons: [{ kind: "needed" }] }]);
  expect(notes).toContainEqual(
    expect.objectContaining({ code: "library-from-list", soname: "liba.so.1", package: name }),
  );
});

test.each([
  ["an empty list", ""],
  ["a list of other packages", "zlib1g"],
])("a library is missing with %s", (_, installed) => {
  const { install, missing } = answer(installed);
  expect(install).toEqual([]);
  expect(missing).toMatchObject([{ kind: "library", name: "liba.so.1", hint: { kind: "not-installed" } }]);
});
