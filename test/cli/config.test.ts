import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, test, vi } from "vitest";
import { writeSavedRun } from "../../src/commands/saved-run.ts";
import { LIB, LOADER, madeRun } from "../analysis/made-run.ts";
import { folderOf } from "../files.ts";
import { runProgram } from "../run-program.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

/** A stage whose list has a package of the base, and one that does not exist. */
const STAGE =
  "FROM debian:13-slim\nRUN apt-get update && apt-get install -y --no-install-recommends libicu72 tzdata && rm -rf /var/lib/apt/lists/*\n";

const CONFIG = `# the settings of the team
ignore: [root-user]
severity:
  redundant: warning
files:
  - path: services/*/Dockerfile
    severity: { unknown-package: info }
    failure-threshold: info
  - path: ["**/old/**"]
    keep:
      tzdata: reads local times
    ignore: [unknown-package]
`;

/** Aliases that stand for 4,096 words. */
const BOMB = `a0: &a0 [x, x, x, x, x, x, x, x]
${[1, 2, 3]
  .map(
    (n) =>
      `a${n}: &a${n} [${Array(8)
        .fill(`*a${n - 1}`)
        .join(", ")}]`,
  )
  .join("\n")}
ignore: *a3
`;

const codes = (stdout: string): string[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^.*:\d+ (\S+ \S+) .*$/, "$1"));

test("each file of a run gets its own sections", async () => {
  const folder = await folderOf({
    ".git/x": "",
    ".msb-deps.yaml": CONFIG,
    Dockerfile: STAGE,
    "services/a/Dockerfile": STAGE,
    "services/old/Dockerfile": STAGE,
  });
  const audit = (...args: string[]) => runProgram(["audit", "--no-build", ...args]);
  const plain = await audit("--no-config", join(folder, "Dockerfile"));
  expect(codes(plain.stdout)).toEqual(["root-user info", "unknown-package error", "redundant info"]);
  const top = await audit(join(folder, "Dockerfile"));
  expect(codes(top.stdout)).toEqual(["unknown-package error", "redundant warning"]);
  expect(top.stderr).toContain("1 error, 1 warning; 1 left out by the config file\n");
  const service = await audit(join(folder, "services/a"));
  expect([service.exitCode, codes(service.stdout)]).toEqual([1, ["unknown-package info", "redundant warning"]]);
  expect((await audit(join(folder, "services/a"), "--failure-threshold", "error")).exitCode).toBe(0);
  // What is kept is not called superfluous.
  expect(await audit(join(folder, "services/old"))).toMatchObject({ exitCode: 0, stdout: "" });
  const all = await audit(folder, "-f", "json");
  expect(
    JSON.parse(all.stdout).files.map((one: { exitCode: number; findings: unknown[] }) => [
      one.exitCode,
      one.findings.length,
    ]),
  ).toEqual([
    [1, 2],
    [1, 2],
    [0, 0],
  ]);
});

test("the search ends at the root of the repository", async () => {
  const folder = await folderOf({ ".msb-deps.yaml": CONFIG, "repo/.git": "", "repo/a/Dockerfile": STAGE });
  const { stdout } = await runProgram(["audit", "--no-build", join(folder, "repo/a")]);
  expect(codes(stdout)).toContain("root-user info");
  const named = await runProgram([
    "audit",
    "--no-build",
    join(folder, "repo/a"),
    "--config",
    join(folder, ".msb-deps.yaml"),
  ]);
  expect(codes(named.stdout)).not.toContain("root-user info");
});

test("an option wins over a variable, that over the file, that over the default", async () => {
  const folder = await folderOf({
    ".git": "",
    ".msb-deps.json": '{\n\t"failure-threshold": "none",\n\t"build-args": { "A": 1.10, "B": true }\n}\n',
    Dockerfile: STAGE,
  });
  const row = async (name: string, env: Record<string, string>, ...args: string[]) => {
    const { stdout } = await runProgram(["config", folder, "-f", "json", ...args], { env });
    const { value, source, from, line } = JSON.parse(stdout).settings.find(
      (one: { name: string }) => one.name === name,
    );
    return [value, source, from?.replace(folder, ""), line];
  };
  const env = { MSB_DEPS_FAILURE_THRESHOLD: "info", MSB_DEPS_BUILD_ARG: "B=2\nC=3" };
  const name = "failure-threshold";
  expect(await row(name, env, `--${name}`, "error")).toEqual(["error", "option", "--failure-threshold", null]);
  expect(await row(name, env)).toEqual(["info", "variable", "MSB_DEPS_FAILURE_THRESHOLD", null]);
  expect(await row(name, {})).toEqual(["none", "file", "/.msb-deps.json", 2]);
  expect(await row(name, {}, "--no-config")).toEqual(["warning", "default", undefined, null]);
  expect(await row("build-args.A", env)).toEqual(["1.10", "file", "/.msb-deps.json", 3]);
  expect(await row("build-args.B", {})).toEqual(["true", "file", "/.msb-deps.json", 3]);
  expect(await row("build-args.B", env)).toEqual(["2", "variable", "MSB_DEPS_BUILD_ARG", null]);
  expect(await row("online", { MSB_DEPS_ONLINE: "1" })).toEqual(["true", "variable", "MSB_DEPS_ONLINE", null]);
  const audit = (env: Record<string, string>, ...args: string[]) =>
    runProgram(["audit", "--no-build", folder, ...args], { env }).then(({ exitCode }) => exitCode);
  expect(await audit({})).toBe(0);
  expect(await audit(env)).toBe(1);
  expect(await audit(env, "--failure-threshold", "none")).toBe(0);
});

test("config prints a setting a line", async () => {
  const folder = await folderOf({ ".git": "", ".msb-deps.yaml": CONFIG, "services/old/Dockerfile": STAGE });
  const { stdout } = await runProgram(["config", join(folder, "services/old")], { env: { MSB_DEPS_TARGET: "build" } });
  expect(stdout.replaceAll(folder, "")).toBe(
    `config file: /.msb-deps.yaml
target                    build              MSB_DEPS_TARGET
runtime                   -                  default
artifacts                 -                  default
context                   -                  default
platform                  -                  default
keep.tzdata               reads local times  /.msb-deps.yaml:11
ignore                    root-user          /.msb-deps.yaml:2
ignore                    unknown-package    /.msb-deps.yaml:12
severity.redundant        warning            /.msb-deps.yaml:4
severity.unknown-package  info               /.msb-deps.yaml:7
failure-threshold         info               /.msb-deps.yaml:8
formats.analyze           text               default
formats.audit             text               default
`,
  );
});

describe("a variable with a value that its option does not take", () => {
  it.each([
    ["MSB_DEPS_JOBS", "many", 'the variable MSB_DEPS_JOBS="many" is not valid: a number from 1 to 256.'],
    ["MSB_DEPS_ONLINE", "maybe", 'the variable MSB_DEPS_ONLINE="maybe" is not valid: use true or false.'],
    ["MSB_DEPS_FORMAT", "xml", 'the variable MSB_DEPS_FORMAT="xml" is not valid: Allowed choices are text'],
  ])("%s=%s", async (name, value, message) => {
    await expect(runProgram(["audit", "--no-build", "-"], { env: { [name]: value } })).rejects.toThrow(message);
  });
});

describe("formats of a config file", () => {
  const formats = "formats:\n  audit: [json, { format: sarif, output: found.sarif }]\n";

  it("hold for one file and for many, without -f and -o", async () => {
    const folder = await folderOf({
      ".git": "",
      ".msb-deps.yaml": formats,
      "a/Dockerfile": STAGE,
      "b/Dockerfile": STAGE,
      "c/.git": "",
      "c/Dockerfile": STAGE,
    });
    const [a, b, c] = ["a", "b", "c"].map((name) => join(folder, name));
    const audit = (...paths: string[]) => runProgram(["audit", "--no-build", "-q", ...paths]);
    expect(JSON.parse((await audit(a ?? "")).stdout).findings).toHaveLength(3);
    expect(JSON.parse(await readFile(join(folder, "found.sarif"), "utf8")).runs[0].results).toHaveLength(3);
    expect(JSON.parse((await audit(a ?? "", b ?? "")).stdout).files).toHaveLength(2);
    expect((await audit(a ?? "", "-f", "text")).stdout).toContain("root-user info");
    // Not all have this file.
    expect((await audit(a ?? "", c ?? "")).stdout).toContain("root-user info");
  });

  it("are written below the directory of the file, unless the file was named", async () => {
    const folder = await folderOf({
      "repo/.git": "",
      "repo/.msb-deps.yaml": "formats:\n  audit:\n    - { format: json, output: ../out.json }\n",
      "repo/Dockerfile": STAGE,
    });
    const audit = (...args: string[]) => runProgram(["audit", "--no-build", join(folder, "repo"), ...args]);
    await expect(audit()).rejects.toThrow(".msb-deps.yaml:3 ../out.json is not below the directory");
    expect((await audit("--config", join(folder, "repo/.msb-deps.yaml"))).exitCode).toBe(1);
    expect(JSON.parse(await readFile(join(folder, "out.json"), "utf8")).findings).toHaveLength(3);
  });

  it("do not follow a link out of it, even to what is not there", async () => {
    const folder = await folderOf({ "repo/.git": "", "repo/.msb-deps.yaml": formats, "repo/Dockerfile": STAGE });
    await symlink(join(folder, "made"), join(folder, "repo/found.sarif"));
    await expect(runProgram(["audit", "--no-build", join(folder, "repo")])).rejects.toThrow(
      "is not below the directory",
    );
  });
});

describe("a faulty config file is an error with its line", () => {
  it.each([
    ["ignore: []\ntargt: x\n", ":2 targt is an unknown key; did you mean target?"],
    ["files:\n  - path: a\n    severity:\n      unused: fatal\n", ":4 files[0].severity.unused is not one of error,"],
    ["ignore:\n  - unused\n  - unusd\n", ":3 ignore[1] is not a finding code; did you mean unused?"],
    ["context: ..\n", ":1 .. is not below the directory of the config file."],
    ["contexts:\n  a: docker-image://debian\n  b: /etc\n", ":3 /etc is not below the directory of the config file."],
    ["a: [\n", ":2 is not valid YAML: "],
    [BOMB, ":1 is not valid YAML: Excessive alias count"],
    ["ignore: *nothing\n", ":1 is not valid YAML: "],
    ["target: a\ntarget: b\n", ":2 is not valid YAML: Map keys must be unique."],
  ])("%j", async (text, message) => {
    const folder = await folderOf({ ".git": "", ".msb-deps.yaml": text, Dockerfile: STAGE });
    const error = await runProgram(["audit", "--no-build", folder]).catch((one: Error) => one);
    expect((error as Error).message).toContain(`${folder}/.msb-deps.yaml${message}`);
    expect(error).toMatchObject({ code: "usage", exitCode: 2 });
  });

  it("as are two files in one directory, and one that cannot be read", async () => {
    const folder = await folderOf({ ".git": "", ".msb-deps.yaml": "", ".msb-deps.json": "{}", Dockerfile: STAGE });
    await expect(runProgram(["audit", "--no-build", folder])).rejects.toThrow("are both config files.");
    const file = join(folder, "none.yaml");
    await expect(runProgram(["audit", "--no-build", folder, "--config", file])).rejects.toThrow(
      `${file} could not be read: no such file or directory (ENOENT).`,
    );
  });

  it("an empty file sets nothing", async () => {
    const folder = await folderOf({ ".git": "", ".msb-deps.yml": "# nothing yet\n", Dockerfile: STAGE });
    expect((await runProgram(["audit", "--no-build", folder])).exitCode).toBe(1);
  });
});

test("packages that are kept are in the line, with the reason", async () => {
  const made = madeRun(
    {
      files: {
        "/out": "folder",
        "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1"] } },
        [`${LIB}/liba.so.1`]: { elf: { soname: "liba.so.1" } },
      },
      packages: [{ Package: "liba1", Depends: "libb1" }, { Package: "libb1" }],
      owned: { liba1: [`${LIB}/liba.so.1`] },
    },
    { files: {}, packages: [{ Package: "tzdata", Architecture: "all" }] },
  );
  const keep = (names: string): string =>
    `keep:\n${names
      .split(" ")
      .map((name) => `  ${name}: asked for\n`)
      .join("")}`;
  const folder = await folderOf({ x: "", "c.yaml": keep("ca-certificates libb1 tzdata liba1") });
  await writeSavedRun(join(folder, "run"), made);
  const replay = (...args: string[]) =>
    runProgram([...args, "--snapshot", join(folder, "run"), "--config", join(folder, "c.yaml")]);
  const { stdout } = await replay("analyze", "-f", "json");
  const { install, packages } = JSON.parse(stdout);
  // What liba1 depends on is named too; what the base has is not.
  expect(install).toEqual(["ca-certificates", "liba1", "libb1"]);
  const rows = packages.map(({ name, status, reasons }: never) => [name, status, reasons]);
  const kept = { artifact: "c.yaml", kind: "kept", chain: [], because: "asked for" };
  expect(rows).toEqual([
    ["ca-certificates", "install", [kept]],
    ["liba1", "install", [expect.objectContaining({ kind: "needed" }), kept]],
    ["libb1", "implied", [kept]],
    ["tzdata", "base", [kept]],
  ]);
  const { stderr } = await replay("analyze", "-v");
  expect(stderr).toContain("ca-certificates (install): c.yaml; kept: asked for");
  const why = await runProgram([
    "why",
    "--from",
    join(folder, "run"),
    "--config",
    join(folder, "c.yaml"),
    "ca-certificates",
  ]);
  expect(why).toMatchObject({ exitCode: 0 });
  expect(why.stdout).toContain("ca-certificates · kept: asked for");
  await writeFile(join(folder, "c.yaml"), keep("x.y"));
  await expect(replay("analyze")).rejects.toThrow("x.y, which c.yaml keeps, cannot be in the line.");
});
