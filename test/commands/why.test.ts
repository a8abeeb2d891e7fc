import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyze } from "../../src/analysis/analyze.ts";
import type { Why } from "../../src/analysis/why/model.ts";
import type { Io, RunOptions, ShowOptions } from "../../src/commands/options.ts";
import { inputOf } from "../../src/commands/run.ts";
import { writeSavedRun } from "../../src/commands/saved-run.ts";
import { whyCommand } from "../../src/commands/why.ts";
import { jsonReport } from "../../src/report/json.ts";
import { Messages } from "../../src/report/messages.ts";
import { Results } from "../../src/report/results.ts";
import { LIB, LOADER, madeRun } from "../analysis/made-run.ts";

const options = {
  dockerfile: null,
  artifacts: [] as readonly string[],
  settings: { contexts: {} },
  engine: "static",
  explicit: false,
  withRecommended: false,
  allowEmpty: false,
} as RunOptions;
const run = madeRun(
  {
    files: {
      "/out": "folder",
      "/out/app": { elf: { interpreter: LOADER, runpath: "/opt/lib", needed: ["liba.so.1", "libown.so.1"] } },
      "/out/opt/lib/libown.so.1": { elf: { soname: "libown.so.1", needed: ["libz.so.1"] } },
      [`${LIB}/liba.so.1`]: { elf: { soname: "liba.so.1", needed: ["libb.so.1"] } },
      [`${LIB}/libb.so.1`]: { elf: { soname: "libb.so.1" } },
      [`${LIB}/libz.so.1`]: { elf: { soname: "libz.so.1" } },
    },
    packages: [{ Package: "a1", Depends: "b1" }, { Package: "b1" }, { Package: "z1" }, { Package: "gcc1" }],
    owned: { a1: [`${LIB}/liba.so.1`], b1: [`${LIB}/libb.so.1`], z1: [`${LIB}/libz.so.1`] },
  },
  { files: {} },
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-why-"));
  await writeSavedRun(join(folder, "run"), run);
  await writeFile(join(folder, "report"), jsonReport(analyze(inputOf(run, options))));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask(from: string, name: string, format = "text"): Promise<{ code: number; text: string }> {
  const stdout = new PassThrough();
  const results = new Results(stdout);
  const messages = new Messages(new PassThrough());
  const io = { env: {}, stdin: new PassThrough(), results, messages, signal: new AbortController().signal };
  const show: ShowOptions = {
    ...{ outputs: [{ format, file: null }], quiet: true, verbose: false, color: null, progress: "quiet" },
  };
  const code = await whyCommand({ name, from: join(folder, from), run: options }, show, io satisfies Io);
  stdout.end();
  return { code, text: Buffer.concat(await stdout.toArray()).toString() };
}

describe("of a saved run", () => {
  test("a package that apt brings: the path of dependencies, then the tree", async () => {
    expect(await ask("run", "b1")).toEqual({
      code: 0,
      text: `b1: not in the line. apt installs it as a dependency of another listed package.
  a1 Depends: b1

/out/app (builder) at /app
└── liba.so.1 [default directory] ${LIB.slice(4)}/liba.so.1 · a1, in the line
    └── libb.so.1 [default directory, in the builder] ${LIB.slice(4)}/libb.so.1 · b1, implied
`,
    });
  });

  test.each([
    ["a1", 0, "a1: in the line. Provides liba.so.1; debian:13-slim does not have it,"],
    ["libown.so.1", 0, "└── libown.so.1 [RUNPATH /opt/lib] /opt/lib/libown.so.1 · a copied artifact"],
    ["libc6", 0, `└── ${LOADER} [interpreter] · libc6, in the base`],
    ["gcc1", 1, "gcc1: not in the line: the builder has 1, but nothing among the artifacts needs it."],
    ["/usr/bin/apt-get", 1, "/usr/bin/apt-get in debian:13-slim, no package"],
    ["nothing-at-all", 1, "nothing-at-all: not found among artifacts, libraries or packages."],
  ])("%s: exit %d", async (name, exit, words) => {
    const { code, text } = await ask("run", name);
    expect(text).toContain(words);
    expect(code).toBe(exit);
  });

  test("json: the same, whole", async () => {
    const { text } = await ask("run", "libb.so.1", "json");
    const answer = JSON.parse(text) as Why;
    expect(answer).toMatchObject({ whyVersion: 1, name: "libb.so.1", source: "run", needed: true });
    expect(answer.trees[0]?.needs[0]?.needs[0]).toMatchObject({ image: "builder", package: "b1", match: true });
  });
});

test("a report of -f json is refused with the place", async () => {
  await expect(ask("report", "z1")).rejects.toMatchObject({
    code: "snapshot-invalid",
    message: expect.stringContaining("runVersion is missing"),
  });
});
