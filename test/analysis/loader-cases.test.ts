import { describe, expect, it } from "vitest";
import { answerFor, LIB, type MadeImage } from "./made-images.ts";

const PROGRAM = { interpreter: "/lib64/ld-linux-x86-64.so.2", type: 3 };
const app = (...needed: string[]) => ({ elf: { ...PROGRAM, needed } });
const library = (soname: string, definitions?: string[]) => ({
  elf: { type: 3, soname, needed: [], ...(definitions === undefined ? {} : { definitions }) },
});
const BASE: MadeImage = { files: {} };

describe("ldd and our rules beside it", () => {
  const builderWith = (said: string): MadeImage => ({
    files: {
      "/out/bin/app": app("liba.so.1"),
      [`${LIB}/liba.so.1`]: library("liba.so.1"),
      "/opt/liba.so.1": library("liba.so.1"),
    },
    packages: { liba1: { Files: `${LIB}/liba.so.1` } },
    questions: [
      {
        ...{ asked: "/out/bin/app", files: ["/out/bin/app"], loader: "/lib64/ld-linux-x86-64.so.2" },
        ...{ exit: 0, output: `\tliba.so.1 => ${said}\n`, errors: "" },
      },
    ],
  });
  const differing = (said: string) =>
    answerFor(builderWith(said), BASE).notes.filter(({ code }) => code === "loader-differs");

  it("are silent where they agree, by another spelling too", () => {
    expect(differing(`${LIB}/liba.so.1`)).toEqual([]);
    expect(differing(`${LIB}/../x86_64-linux-gnu/liba.so.1`)).toEqual([]);
  });

  it("are told apart where they do not; ldd is the judge", () => {
    const path = "/out/bin/app";
    expect(differing("/opt/liba.so.1")).toEqual([
      { code: "loader-differs", path, soname: "liba.so.1", ldd: "/opt/liba.so.1", static: `${LIB}/liba.so.1` },
    ]);
    expect(differing("not found")).toMatchObject([{ ldd: null, static: `${LIB}/liba.so.1` }]);
    expect(answerFor(builderWith("/opt/liba.so.1"), BASE).artifacts[0]?.libraries[0]?.path).toBe("/opt/liba.so.1");
  });

  it("do not differ by a variant for the builder's own processor", () => {
    expect(differing(`${LIB}/glibc-hwcaps/x86-64-v3/liba.so.1`)).toEqual([]);
  });
});

it("says once why the loader was not asked, however many files it is true of", () => {
  const errors = "it is among the artifacts";
  const unasked = (files: string[]) => {
    return { asked: files[0] ?? "", files, loader: PROGRAM.interpreter, exit: null, output: "", errors };
  };
  const builder: MadeImage = {
    files: { "/out/b": app(), "/out/a": app("liba.so.1"), "/out/c": app(), [`${LIB}/liba.so.1`]: library("liba.so.1") },
    packages: { liba1: { Files: `${LIB}/liba.so.1` } },
    questions: [unasked(["/out/b", "/out/c"]), unasked(["/out/a"])],
  };
  const { notes, install } = answerFor(builder, BASE);
  expect(notes.filter(({ code }) => code === "loader-not-asked")).toEqual([
    { code: "loader-not-asked", path: "/out/a", reason: errors, files: 3 },
  ]);
  expect(install).toEqual(["liba1"]);
});

it("finds the package behind a `..` that leads through a folder of the artifacts", () => {
  const builder: MadeImage = {
    files: {
      "/out/bin/app": { elf: { ...PROGRAM, needed: ["liba.so.1"], runpath: `${LIB}/app/..` } },
      [`/out${LIB}/app/plugin.so`]: library("plugin.so"),
      [`${LIB}/app/plugin.so`]: library("plugin.so"),
      [`${LIB}/liba.so.1`]: library("liba.so.1"),
    },
    packages: { liba1: { Files: `${LIB}/liba.so.1` } },
  };
  expect(answerFor(builder, BASE).install).toEqual(["liba1"]);
});

describe("a package that the base has in an older version", () => {
  const builder: MadeImage = {
    files: { "/out/bin/app": app("libnew.so.2"), [`${LIB}/libnew.so.2`]: library("libnew.so.2") },
    packages: { libtwo: { Version: "2", Files: `${LIB}/libnew.so.2` } },
  };

  it("is upgraded where its older files lack the library itself", () => {
    const { install, packages } = answerFor(builder, { files: {}, packages: { libtwo: { Version: "1" } } });
    expect(install).toEqual(["libtwo"]);
    expect(packages).toMatchObject([{ name: "libtwo", status: "upgrade", builderVersion: "2" }]);
  });

  it("is told to be on hold, for apt refuses then", () => {
    const held = { Version: "1", Status: "hold ok installed" };
    const { notes } = answerFor(builder, { files: {}, packages: { libtwo: held } });
    expect(notes).toContainEqual({ code: "package-held", path: null, package: "libtwo" });
  });
});

describe("a package that the base has without one of its files", () => {
  const builder: MadeImage = {
    files: {
      "/out/bin/app": app("libcut.so.1"),
      "/out/bin/run": { text: "#!/usr/bin/tool\n" },
      "/usr/bin/tool": { elf: { type: 2 } },
      [`${LIB}/libcut.so.1`]: library("libcut.so.1"),
    },
    packages: {
      libcut1: { Version: "1", Files: `${LIB}/libcut.so.1` },
      tool: { Version: "1", Files: "/usr/bin/tool" },
    },
  };
  const stripped: MadeImage = { files: {}, packages: { libcut1: { Version: "1" }, tool: { Version: "1" } } };

  it("does not bring it: apt would do nothing, so the file is missing", () => {
    const { install, missing, artifacts } = answerFor(builder, stripped);
    expect(install).toEqual([]);
    expect(missing.map(({ kind, name, hint }) => [kind, name, hint])).toEqual([
      ["interpreter", "/usr/bin/tool", { kind: "stripped", package: "tool" }],
      ["library", "libcut.so.1", { kind: "stripped", package: "libcut1" }],
    ]);
    expect(artifacts[0]?.libraries).toMatchObject([{ soname: "libcut.so.1", status: "missing", runtimePath: null }]);
  });

  it("is installed where the base has it not", () => {
    expect(answerFor(builder, BASE).install).toEqual(["libcut1", "tool"]);
  });
});

describe("what is preloaded", () => {
  const builder: MadeImage = { files: { "/out/bin/static": { elf: { type: 2 } } } };
  const preload = (name: string, lookup: "packages" | "absent" | "unknown") =>
    answerFor(builder, BASE, {
      runtime: `ENV LD_PRELOAD=${name}`,
      knowledge: {
        lookup: () =>
          lookup === "packages"
            ? { kind: lookup, names: ["libfast2"] }
            : lookup === "absent"
              ? { kind: lookup }
              : { kind: lookup, hint: null },
      },
    });

  it("is a need though no artifact asks the loader for anything; the release's table knows its package", () => {
    const { install, packages, missing } = preload("libfast.so.2", "packages");
    expect([install, missing]).toEqual([["libfast2"], []]);
    expect(packages[0]?.reasons).toEqual([
      { artifact: "LD_PRELOAD", kind: "preload", chain: [{ soname: "libfast.so.2", path: null }] },
    ]);
  });

  it("is looked up by its name only in the loader's own folders", () => {
    expect(preload(`${LIB}/libfast.so.2`, "packages").install).toEqual(["libfast2"]);
    const elsewhere = preload("/opt/libfast.so.2", "packages");
    expect(elsewhere.install).toEqual([]);
    expect(elsewhere.missing).toMatchObject([{ name: "/opt/libfast.so.2", requiredBy: ["LD_PRELOAD"] }]);
  });

  it("is missing where nothing has it", () => {
    for (const lookup of ["absent", "unknown"] as const) {
      expect(preload("libfast.so.2", lookup).missing).toMatchObject([{ kind: "library", name: "libfast.so.2" }]);
    }
  });
});

describe("a library that nobody owns", () => {
  const builder: MadeImage = {
    files: {
      "/out/bin/app": {
        elf: { ...PROGRAM, needed: ["libx.so.1"], needs: [{ file: "libx.so.1", versions: [{ name: "X_2" }] }] },
      },
      "/usr/local/lib/libx.so.1": library("libx.so.1", ["X_1", "X_2"]),
      [`${LIB}/libx.so.1`]: library("libx.so.1", ["X_1"]),
    },
    packages: { libx1: { Files: `${LIB}/libx.so.1` } },
    questions: [
      {
        ...{ asked: "/out/bin/app", files: ["/out/bin/app"], loader: "/lib64/ld-linux-x86-64.so.2" },
        ...{ exit: 0, output: "\tlibx.so.1 => /usr/local/lib/libx.so.1\n", errors: "" },
      },
    ],
  };
  const older: MadeImage = {
    files: {
      "/etc/ld.so.conf": { text: "/usr/local/lib\n" },
      [`${LIB}/libx.so.1`]: library("libx.so.1", ["X_1"]),
    },
    packages: { libx1: { Files: `${LIB}/libx.so.1` } },
  };

  it("hides the one of a package, and that is said", () => {
    const { notes } = answerFor(builder, BASE);
    expect(notes).toContainEqual({
      ...{ code: "shadows-package", path: "/usr/local/lib/libx.so.1" },
      ...{ package: "libx1", soname: "libx.so.1" },
    });
  });

  it("is to be copied where the base has an older one", () => {
    expect(answerFor(builder, older).copy).toMatchObject([{ source: "/usr/local/lib/libx.so.1" }]);
  });
});

describe("alternatives of a package", () => {
  it("are those of its own shlibs entry for the soname", () => {
    const builder: MadeImage = {
      files: { "/out/bin/app": app("libblas.so.3"), [`${LIB}/libblas.so.3`]: library("libblas.so.3") },
      packages: { libblas3: { Files: `${LIB}/libblas.so.3` } },
      shlibs: [
        "libblas3:amd64: libblas 3 libblas3 | libblas.so.3",
        "libother: libblas 3 libother | nothing",
        "libblas3: libcblas 3 a | b",
      ],
    };
    expect(answerFor(builder, BASE).packages).toMatchObject([{ name: "libblas3", alternatives: ["libblas.so.3"] }]);
  });
});
