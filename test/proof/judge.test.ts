import { describe, expect, it } from "vitest";
import { examine } from "../../src/analysis/analyze.ts";
import { openImage } from "../../src/analysis/image.ts";
import { finish } from "../../src/base/steps.ts";
import { inputOf } from "../../src/commands/run.ts";
import { judgeByRules } from "../../src/proof/by-rules.ts";
import { heardOf, judgement } from "../../src/proof/judge.ts";
import { startSubject, subjectsOf } from "../../src/proof/subjects.ts";
import type { FileAnswers } from "../../src/snapshot/answers.ts";
import { LIB, LOADER, type MadeImage, madeRun, madeSnapshot } from "../analysis/made-run.ts";
import type { Made } from "../loader/made-view.ts";

const ENVIRONMENT = { libraryPath: "", preload: "" };
const answer = (text: string, exit: number | null = 0) => ({ exit, text });

const app: Made = { elf: { interpreter: LOADER, needed: ["libfoo.so.1", "libc.so.6"] } };
const foo: Made = { elf: { soname: "libfoo.so.1", needed: ["libc.so.6"] } };
const builder: MadeImage = {
  files: { "/out": "folder", "/out/app": app, "/out/run.sh": { text: "#!/bin/dash\n" }, [`${LIB}/libfoo.so.1`]: foo },
  packages: [{ Package: "libfoo1" }, { Package: "dash" }],
  owned: { libfoo1: [`${LIB}/libfoo.so.1`] },
};

const options = { explicit: false, withRecommended: false, engine: "ldd" } as Parameters<typeof inputOf>[1];

function asked(image: MadeImage, answers: (files: number, programs: number) => FileAnswers | null, host = "") {
  const examination = examine(inputOf(madeRun(builder, { files: {} }), options));
  const subjects = subjectsOf(examination, ["/usr/bin"], (name) => name === host);
  const seen = openImage(madeSnapshot(image, []), "base");
  const verdicts = finish(judgeByRules(subjects.files, seen, ENVIRONMENT));
  const programs = subjects.programs.flatMap(({ candidates }) => candidates);
  return judgement(
    subjects,
    verdicts,
    seen,
    answers(verdicts.filter(({ question }) => question !== null).length, programs.length),
  );
}

const all =
  (text: string, there = true) =>
  (files: number, programs: number): FileAnswers => ({
    ...{ purged: null, dpkg: "" },
    files: Array.from({ length: files }, () => answer(text)),
    programs: Array.from({ length: programs }, () => ({ executable: there, there })),
  });

const whole: MadeImage = {
  files: {
    "/app": app,
    "/run.sh": { text: "#!/bin/dash\n" },
    [`${LIB}/libfoo.so.1`]: foo,
    "/bin": { link: "usr/bin" },
    "/usr/bin/dash": "file",
  },
};

describe("what is proved of an image", () => {
  it("all, by its loader", () => {
    expect(asked(whole, all("\tlibfoo.so.1 => /lib/libfoo.so.1 (0x1)\n"))).toMatchObject({
      ...{ sufficient: true, unresolved: [], differs: [], unproved: [] },
      asked: { loader: 1, rules: 0, interpreters: 2 },
    });
  });

  it("the loader is believed, and what our rules say beside it is told", () => {
    const { [`${LIB}/libfoo.so.1`]: _, ...files } = whole.files;
    const lacking: MadeImage = { files };
    const trouble = { path: "/app", kind: "library", name: "libfoo.so.1", version: null };
    expect(asked(lacking, all("\tlibfoo.so.1 => not found\n"))).toMatchObject({
      ...{ sufficient: false, unresolved: [{ ...trouble, by: "loader" }], differs: [] },
    });
    expect(asked(lacking, all("\tlibfoo.so.1 => /x (0x1)\n"))).toMatchObject({
      ...{ sufficient: true, unresolved: [], differs: [{ ...trouble, by: "rules" }] },
    });
    expect(asked(lacking, () => null)).toMatchObject({
      ...{ sufficient: false, unresolved: [{ ...trouble, by: "rules" }], asked: { loader: 0, rules: 1 } },
    });
  });

  it("what comes with the host is not lacking", () => {
    const said = asked(whole, all("\tlibfoo.so.1 => not found\n"), "libfoo.so.1");
    expect(said).toMatchObject({ sufficient: true, exempt: [{ path: "/app", name: "libfoo.so.1", reason: "host" }] });
  });

  it("interpreters have to be there and executable", () => {
    const said = asked(whole, all("", false)).unresolved.map(({ path, kind, name }) => [path, kind, name]);
    expect(said).toEqual([
      ["/app", "interpreter", LOADER],
      ["/run.sh", "interpreter", "/bin/dash"],
    ]);
  });

  it.each([
    ["a name in PATH", { entrypoint: [], cmd: ["app", "-x"] }, ["CMD", "app", ["/usr/bin/app", "/bin/app"]]],
    [
      "ENTRYPOINT first",
      { entrypoint: ["tini", "--"], cmd: ["app"] },
      ["ENTRYPOINT", "tini", ["/usr/bin/tini", "/bin/tini"]],
    ],
    [
      "a path from the working directory",
      { entrypoint: ["./a/../run"], cmd: [] },
      ["ENTRYPOINT", "./a/../run", ["/srv/run"]],
    ],
    ["an absolute path", { entrypoint: [], cmd: ["/app"] }, ["CMD", "/app", ["/app"]]],
  ] as const)("what a container starts: %s", (_, config, [path, name, candidates]) => {
    const start = startSubject({ ...config, workingDir: "/srv" }, ["/usr/bin", "/bin"]);
    expect(start).toEqual({ kind: "command", path, name, candidates });
  });

  it("an image that names no program starts none", () => {
    expect(startSubject({ entrypoint: [], cmd: [], workingDir: "" }, ["/bin"])).toBeNull();
  });

  it("an artifact that is not in the image is told as that", () => {
    const { "/app": _, ...files } = whole.files;
    expect(asked({ files: { ...files, "/app": "absent" } }, all(""))).toMatchObject({
      unresolved: [{ path: "/app", kind: "absent" }],
    });
  });

  it("a loader that an artifact replaces is not run", () => {
    const examination = examine(inputOf(madeRun(builder, { files: {} }), options));
    const [first] = subjectsOf(examination, [], () => false).files;
    if (first === undefined) throw new Error("no subject");
    const seen = openImage(madeSnapshot(whole, []), "base");
    const own = finish(judgeByRules([first, { ...first, path: "/usr/lib64/ld-linux-x86-64.so.2" }], seen, ENVIRONMENT));
    expect(own.map(({ question }) => question)).toEqual([null, null]);
    expect(finish(judgeByRules([first], seen, ENVIRONMENT))[0]?.question).toMatchObject({
      loader: LOADER,
      path: "/app",
    });
  });
});

describe("what a loader said", () => {
  it.each([
    ["nothing wrong", answer("\tlibc.so.6 => /lib/libc.so.6 (0x1)\n"), []],
    [
      "a version",
      answer("/app: /lib/libc.so.6: version `GLIBC_9' not found (required by /app)\n"),
      [{ kind: "version", name: "libc.so.6", version: "GLIBC_9" }],
    ],
    ["a weak version", answer("/app: /lib/a.so: weak version `V' not found (required by /app)\n"), []],
    [
      "a preload",
      answer("ERROR: ld.so: object 'x.so' from LD_PRELOAD cannot be preloaded (cannot open): ignored.\n"),
      [{ kind: "preload", name: "x.so" }],
    ],
    [
      "an error",
      answer("/app: error while loading shared libraries: x.so: cannot open shared object file\n", 127),
      [{ kind: "loader", name: "x.so: cannot open shared object file" }],
    ],
    ["nothing, and failed", answer("what\n", 1), [{ kind: "loader", name: "what" }]],
    ["killed", answer("", null), [{ kind: "loader", name: "killed" }]],
  ])("%s", (_name, given, expected) => {
    expect(heardOf("/app", given)).toMatchObject(expected);
    expect(heardOf("/app", given)).toHaveLength(expected.length);
  });

  it("a loader that could not be run said nothing", () => {
    expect(heardOf("/app", answer("cannot be run: Exec format error\n", 126))).toBeNull();
    expect(heardOf("/app", undefined)).toBeNull();
  });
});
