import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS } from "../../src/report/formats.ts";
import { audited } from "../report/reports.ts";

const action = readFileSync(new URL("../../action.yml", import.meta.url), "utf8");

/** The script of its only step, which is indented behind `run: |` to the end of the file. */
const script = (/ run: \|\n([\s\S]*)$/.exec(action)?.[1] ?? "").replaceAll(/^ {8}/gm, "");

describe("the GitHub action", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "msb-deps-action-"));
    // Writes its arguments, one on each line, and a summary; ends as an audit with findings.
    const stub = `#!/bin/sh\nprintf '%s\\n' "$@"\nwhile [ $# -gt 1 ]; do [ "$1" = -o ] && echo summary >"$2"; shift; done\nexit 1\n`;
    writeFileSync(join(folder, "program"), stub, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(inputs: Readonly<Record<string, string>>): { code: number | null; lines: string[] } {
    const env = {
      ...{ PATH: process.env.PATH, MSB_DEPS: join(folder, "program"), RUNNER_TEMP: folder },
      ...{ GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary") },
      ...{ MSB_DEPS_ACTION_COMMAND: "audit", MSB_DEPS_ACTION_DOCKERFILE: "Dockerfile", MSB_DEPS_ACTION_ARGS: "" },
      ...inputs,
    };
    // As the runner starts a step with `shell: bash`.
    const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
    const { status, stdout } = spawnSync("bash", args, { cwd: folder, env, encoding: "utf8" });
    return { code: status, lines: stdout.trimEnd().split("\n") };
  }

  test("puts no input into the script itself", () => expect(script).not.toContain("${" + "{"));

  test("passes inputs as single words, keeps the summary, and ends as the program does", () => {
    const evil = "a b/$(touch pwned)`id`;Dockerfile";
    const { code, lines } = run({
      MSB_DEPS_ACTION_DOCKERFILE: evil,
      MSB_DEPS_ACTION_ARGS: "--no-build\n--build-arg\nA=b c\n",
    });
    expect(code).toBe(1);
    expect(lines[0]).toBe("audit");
    expect(lines.slice(-4)).toEqual(["--no-build", "--build-arg", "A=b c", evil]);
    expect(readFileSync(join(folder, "output"), "utf8")).toContain("exit-code=1\n");
    expect(readFileSync(join(folder, "summary"), "utf8")).toContain("summary");
  });

  test("refuses another command", () => expect(run({ MSB_DEPS_ACTION_COMMAND: "rm" }).code).toBe(2));
});

test("the problem matcher of docs/ci.md reads the text of an audit", async () => {
  const docs = readFileSync(new URL("../../docs/ci.md", import.meta.url), "utf8");
  const { problemMatcher } = JSON.parse(/```json\n([^`]*)```/.exec(docs)?.[1] ?? "") as {
    problemMatcher: { pattern: { regexp: string } };
  };
  const [line = ""] = FORMATS.text.audit(audited(), { columns: null }).split("\n");
  expect(new RegExp(problemMatcher.pattern.regexp).exec(line)?.slice(1, 5)).toEqual([
    "./app/Dockerfile",
    "7",
    "missing",
    "error",
  ]);
});
