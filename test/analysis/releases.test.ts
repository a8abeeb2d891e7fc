import { describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import type { SonameAnswer } from "../../src/analysis/package-names.ts";
import { fileFact } from "../loader/made-view.ts";
import { answerFor, LIB, type MadeImage } from "./made-images.ts";

const app = (needed: string[], needs?: { file: string; versions: { name: string }[] }[]) => ({
  elf: { interpreter: "/lib64/ld-linux-x86-64.so.2", type: 3, needed, ...(needs === undefined ? {} : { needs }) },
});
const library = (soname: string, definitions: string[] = [], needed: string[] = []) => ({
  elf: { type: 3, soname, needed, definitions },
});

/** The builder has libone1t64 with the versions V1 and V2, of which the program wants V2. */
const builder = (release: number): MadeImage => ({
  release,
  files: {
    "/out/app": app(["libone.so.1"], [{ file: "libone.so.1", versions: [{ name: "V2" }] }]),
    [`${LIB}/libone.so.1`]: library("libone.so.1", ["V1", "V2"]),
  },
  packages: { libone1t64: { Version: "2-1", Files: `${LIB}/libone.so.1` } },
});
const base = (release: number): MadeImage => ({ release, files: {} });

const knowing = (answer: SonameAnswer) => ({ knowledge: { lookup: () => answer } });
const ONE = knowing({ kind: "packages", names: ["libone1"] });
/** The made images were not searched for names, which is said of each. */
const notes = (analysis: Analysis) => analysis.notes.filter(({ code }) => code !== "names-not-searched");
const codes = (analysis: Analysis): string[] => notes(analysis).map(({ code }) => code);

/** What apt says of libone1: its library with some versions. */
const aptWith = (versions: string[], name = "libone1") => ({
  asked: ["libone1", "libone1t64"],
  packages: [{ Package: name, Version: "1-9", Architecture: "amd64" }],
  contents: [
    { package: name, architecture: "amd64", files: [fileFact(`${LIB}/libone.so.1`, library("libone.so.1", versions))] },
  ],
});

describe("a builder of another release", () => {
  it("gives the runtime's name; versions of a newer one are not proved", () => {
    const down = answerFor(builder(13), base(12), ONE);
    expect([down.install, codes(down)]).toEqual([["libone1"], ["releases-differ", "versions-unproved"]]);
    const up = answerFor(builder(12), base(13), ONE);
    expect([up.install, codes(up)]).toEqual([["libone1"], ["releases-differ"]]);
  });

  it("says absent, unknown, and unknown with a hint, each as what it is", () => {
    const absent = answerFor(builder(13), base(12), knowing({ kind: "absent" }));
    expect(absent.missing.map(({ name, hint }) => [name, hint])).toEqual([
      [
        "libone.so.1",
        {
          kind: "no-package",
          release: "debian 12",
          says: "table",
          builderPackage: "libone1t64",
          story: { same: null, versions: [], elsewhere: [] },
        },
      ],
    ]);
    const unknown = answerFor(builder(13), base(12), knowing({ kind: "unknown", hint: "libone1" }));
    expect([unknown.missing, unknown.install, unknown.artifacts[0]?.libraries[0]?.status]).toEqual([[], [], "unknown"]);
    expect(unknown.notes.find(({ code }) => code === "soname-unknown")).toMatchObject({
      soname: "libone.so.1",
      hint: "libone1",
      requiredBy: ["/out/app"],
    });
  });

  it("takes versions from what apt has", () => {
    const fits = answerFor(builder(13), base(12), { ...ONE, apt: aptWith(["V1", "V2"]) });
    expect([fits.install, fits.missing, codes(fits)]).toEqual([["libone1"], [], ["releases-differ"]]);
    expect(fits.packages[0]).toMatchObject({ builderName: "libone1t64", candidateVersion: "1-9", status: "install" });
    const old = answerFor(builder(13), base(12), { ...ONE, apt: aptWith(["V1"]) });
    expect(old.missing.map(({ kind, version, requiredBy }) => [kind, version, requiredBy])).toEqual([
      ["version", "V2", ["/out/app"]],
    ]);
  });

  it("is missing where apt has no package with the library, whatever a table says", () => {
    const apt = { ...aptWith([]), packages: [], contents: [] };
    const gone = answerFor(builder(13), base(12), { ...ONE, apt });
    expect([gone.install, gone.missing.map(({ name }) => name)]).toEqual([[], ["libone.so.1"]]);
  });
});

describe("packages from elsewhere", () => {
  it("are told by a complete table, and only by one", () => {
    const known = (answer: boolean | null) =>
      codes(answerFor(builder(13), base(13), { knowledge: { hasPackage: () => answer } }));
    expect([known(false), known(true), known(null)]).toEqual([["foreign-package-origin"], [], []]);
  });

  it("are told by apt, which does not have them or only an older version", () => {
    const older = answerFor(builder(13), base(13), { apt: aptWith(["V2"], "libone1t64") });
    expect(notes(older)).toMatchObject([{ code: "foreign-package-origin", evidence: "apt", candidate: "1-9" }]);
    expect(older.install).toEqual(["libone1t64"]);
    const none = answerFor(builder(13), base(13), { apt: { ...aptWith([]), packages: [], contents: [] } });
    expect(notes(none)).toMatchObject([{ code: "foreign-package-origin", evidence: "apt", candidate: null }]);
    expect([none.install, none.packages[0]?.status, none.missing[0]?.hint]).toEqual([
      [],
      "unavailable",
      { kind: "unavailable", package: "libone1t64" },
    ]);
  });

  it("are told by their names also if their libraries lie in directories of their own", () => {
    const own: MadeImage = {
      files: {
        "/out/app": { elf: { ...app(["libown.so"]).elf, runpath: "/usr/lib/own" } },
        "/usr/lib/own/libown.so": library("libown.so"),
      },
      packages: { own: { Files: "/usr/lib/own/libown.so" } },
    };
    const analysis = answerFor(own, base(13), { knowledge: { hasPackage: () => false } });
    expect([analysis.install, codes(analysis)]).toEqual([["own"], ["foreign-package-origin"]]);
  });
});

describe("a runtime stage without apt", () => {
  const deep: MadeImage = {
    files: {
      "/out/app": app(["libone.so.1"]),
      [`${LIB}/libone.so.1`]: library("libone.so.1", [], ["libtwo.so.2"]),
      [`${LIB}/libtwo.so.2`]: library("libtwo.so.2"),
    },
    packages: { one: { Files: `${LIB}/libone.so.1` }, two: { Files: `${LIB}/libtwo.so.2` } },
  };

  it("gets every library down to the last, and no line", () => {
    const analysis = answerFor(deep, "scratch");
    expect([analysis.install, analysis.packages.map(({ status }) => status)]).toEqual([
      [],
      ["unavailable", "unavailable"],
    ]);
    expect(analysis.copy.map(({ soname, package: name }) => [soname, name])).toEqual([
      ["libone.so.1", "one"],
      ["libtwo.so.2", "two"],
    ]);
    expect(codes(analysis)).toContain("no-apt-runtime");
  });

  it("with apt the first packaged library ends the walk", () => {
    expect(answerFor(deep, base(13))).toMatchObject({ install: ["one"], copy: [] });
  });
});
