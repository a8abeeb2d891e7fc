import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FORMATS } from "../../src/report/formats.ts";
import { summary } from "../../src/report/summary.ts";
import { privateApt } from "../debian/private-apt.ts";
import { answerFor } from "./made-images.ts";
import { LIB, LOADER } from "./made-run.ts";

const NAMES =
  "adduser dash g++ libc6 liba1 libgtk2.0-0 libpython3.13-minimal libstdc++6 python3.13-minimal zlib1g".split(" ");
const names = { has: (name: string) => NAMES.includes(name), all: NAMES, complete: true };
const apt = privateApt(NAMES, ["libc6", "dash"]);
afterAll(() => apt.remove());

/** The answer where the builder's dpkg status says that a package of this name has the library. */
function answer(name: string, runtime = "") {
  const library = `${LIB}/liba.so.1`;
  return answerFor(
    {
      files: {
        "/out": "folder",
        "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1"] } },
        [library]: { elf: { soname: "liba.so.1" } },
      },
      packages: { [name]: { Files: library } },
    },
    { files: {}, packages: { libc6: {} } },
    { knowledge: { names }, runtime },
  );
}

/** The words that a shell would give to apt-get install, for each format that has such a line. */
function words(analysis: ReturnType<typeof answer>): Readonly<Record<string, string[]>> {
  const line = (text: string): string[] => {
    const commands = text.replace(/^#.*$/gm, "").replace(/\\\n/g, " ");
    return (
      /--no-install-recommends(.*?)&& rm/s
        .exec(commands)?.[1]
        ?.split(/\s+/)
        .filter((word) => word !== "") ?? []
    );
  };
  return {
    text: line(FORMATS.text.analysis(analysis)),
    line: line(FORMATS.line.analysis(analysis)),
    list: FORMATS.list
      .analysis(analysis)
      .split("\n")
      .filter((word) => word !== ""),
    json: JSON.parse(FORMATS.json.analysis(analysis)).install,
  };
}

const part = fc.constantFrom(
  ..."ab",
  "lib",
  "6",
  "1.0",
  ".",
  "+",
  "-",
  "g",
  "*",
  "^",
  "/",
  "=",
  ":",
  "~",
  "?",
  "A",
  " ",
);
const changed = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.nat(),
    fc.constantFrom("", ".", "+", "-"),
    fc.constantFrom("", "+", "-", ".", "*", "^"),
  )
  .map(([name, at, by, end]) => name.slice(0, at % name.length) + by + name.slice((at % name.length) + 1) + end);
const forged = fc.oneof(
  changed,
  fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("")),
);

describe("a name from a forged dpkg status", () => {
  test("is in no format's line unless apt can only take it for that package, or refuse", async () => {
    await fc.assert(
      fc.asyncProperty(forged, async (name) => {
        const analysis = answer(name);
        for (const [format, line] of Object.entries(words(analysis))) {
          expect(line, format).toEqual(analysis.install);
          const { installs, removes } = await apt.install(line);
          expect([removes, installs.filter((one) => !line.includes(one))], format).toEqual([[], []]);
          if (!analysis.complete) expect(line, format).toEqual([]);
        }
        // It is in the line, or the answer is not complete and says so.
        if (!analysis.install.includes(name)) {
          expect(analysis.complete, name).toBe(false);
          expect(FORMATS.text.analysis(analysis)).toMatch(
            /^# (?:MISSING library: liba\.so\.1, .* is called|INCOMPLETE: dpkg's status)/m,
          );
          expect(summary(analysis, { verbose: false, columns: null }).flat().join("")).toMatch(
            /is called|dpkg's status file has invalid package names/,
          );
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  test.each(["libc6-", "dash+", "a.", "libg.k2", "a*", "^a", "zlib1g/sid", "zlib1g=1", "-y"])("%s", (name) => {
    expect(answer(name)).toMatchObject({ complete: false, install: [] });
  });

  test.each(["g++", "libstdc++6", "python3.13-minimal", "libgtk2.0-0", "zlib1g"])("%s is in the line", (name) => {
    expect(answer(name)).toMatchObject({ complete: true, install: [name], missing: [] });
  });

  test("of the interpreter of a script, and of what is preloaded", () => {
    const of = (files: Parameters<typeof answerFor>[0]["files"], path: string, runtime = "") =>
      answerFor(
        { files: { "/out": "folder", ...files }, packages: { "libc6-": { Files: path } } },
        { files: {}, packages: { libc6: {} } },
        { knowledge: { names }, runtime },
      );
    const script = { "/out/run": { text: "#!/usr/bin/tool\n" }, "/usr/bin/tool": "file" } as const;
    const library = `${LIB}/libpre.so.1`;
    const preload = {
      "/out/app": { elf: { interpreter: LOADER } },
      [library]: { elf: { soname: "libpre.so.1" } },
    } as const;
    for (const answered of [of(script, "/usr/bin/tool"), of(preload, library, "ENV LD_PRELOAD=libpre.so.1")]) {
      expect(answered).toMatchObject({
        complete: false,
        install: [],
        missing: [{ hint: { kind: "misread", as: "remove" } }],
      });
    }
  });

  test("one that the Dockerfile itself installs is the user's", () => {
    expect(answer("php8.3", "RUN true").install).toEqual(["php8.3"]);
    expect(answer("dash.x", "RUN apt-get install -y dash.x").install).toEqual(["dash.x"]);
  });
});
