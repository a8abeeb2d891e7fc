import { execFileSync, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { commandTree, manPage } from "../../scripts/man/page.ts";
import { program } from "../../src/cli/program.ts";
import { formatsOf } from "../../src/report/formats.ts";
import { folderOf } from "../files.ts";
import { collectedIo } from "../io.ts";

async function run(...args: string[]) {
  const { io, stdout } = collectedIo();
  let exitCode = -1;
  const finished = (code: number): void => {
    exitCode = code;
  };
  await program({ io, finished, stopAfter: () => {}, showTimings: () => {} })
    .parseAsync(["node", "msb-deps", ...args])
    .catch((error: { readonly exitCode: number }) => finished(error.exitCode));
  await io.results.done;
  return { exitCode, stdout: stdout() };
}

/** Completes lines in a shell, in a directory with a few files: what each may become. */
const SHELLS: Readonly<Record<string, (script: string, lines: readonly string[], folder: string) => string[][]>> = {
  bash: (script, lines, folder) =>
    lines.map((line) => {
      // The words as readline breaks them.
      const typed = line.split(/ |(=)/).filter((word) => word !== undefined);
      const quoted = typed.map((word) => `'${word}'`).join(" ");
      const ask = `. "$1"; COMP_WORDS=(${quoted}); COMP_CWORD=${typed.length - 1}; _msb_deps; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const replies = execFileSync("bash", ["-c", ask, "bash", script], { cwd: folder, encoding: "utf8" });
      const before = line.slice(0, line.length - (typed.at(-1) ?? "").length);
      return replies.split("\n").flatMap((word) => (word === "" ? [] : [before + word]));
    }),
  // One session for all: to load the completions of zsh takes seconds.
  zsh: (script, lines, folder) => {
    const harness = fileURLToPath(new URL("complete.zsh", import.meta.url));
    const output = execFileSync("zsh", ["-f", harness, script, ...lines], { cwd: folder, encoding: "utf8" });
    return output.split("\n").flatMap((line) => (line === "" ? [] : [[line.trim()]]));
  },
  fish: (script, lines, folder) => {
    const ask = 'source $argv[1]; for line in $argv[2..-1]; complete -C "$line"; echo; end';
    const env = { ...process.env, HOME: folder };
    const output = execFileSync("fish", ["-c", ask, script, ...lines], { cwd: folder, env, encoding: "utf8" });
    return lines.map((line, at) => {
      const before = line.slice(0, line.lastIndexOf(" ") + 1);
      const rows = (output.split("\n\n")[at] ?? "").split("\n");
      return rows.flatMap((row) => (row === "" ? [] : [before + row.split("\t")[0]]));
    });
  },
};

const LINES: readonly (readonly [what: string, line: string, becomes: string])[] = [
  ["a command", "msb-deps au", "msb-deps audit"],
  ["a file in place of a command", "msb-deps pack", "msb-deps packages.txt"],
  ["an option of the default command", "msb-deps --save-sn", "msb-deps --save-snapshot"],
  ["an option of a command", "msb-deps audit --fix-l", "msb-deps audit --fix-level"],
  ["a format that only this command has", "msb-deps audit -f sa", "msb-deps audit -f sarif"],
  ["a format after =", "msb-deps audit --format=ju", "msb-deps audit --format=junit"],
  ["a severity", "msb-deps audit --failure-threshold e", "msb-deps audit --failure-threshold error"],
  ["a file", "msb-deps -o pack", "msb-deps -o packages.txt"],
  ["a directory, where files do not fit", "msb-deps --rootfs sub", "msb-deps --rootfs subtree"],
  ["a shell", "msb-deps completion f", "msb-deps completion fish"],
];

describe.each(Object.entries(SHELLS))("%s", (shell, complete) => {
  const isThere = spawnSync(shell, ["-c", "true"]).status === 0;
  if (!isThere) console.warn(`SKIPPED: completion is not tested in ${shell}, which is not installed`);

  test.skipIf(!isThere)("completes commands, options, their values and files", { tags: ["machine"] }, async () => {
    const { exitCode, stdout } = await run("completion", shell);
    expect(exitCode).toBe(0);
    const folder = await folderOf({ script: stdout, "packages.txt": "", "subtree/a": "", submarine: "" });
    const lines = LINES.map(([, line]) => line);
    const becoming = complete(join(folder, "script"), lines, folder);
    // A shell adds / to a directory, and = to an option with a value.
    const bare = becoming.map((list) => list.map((one) => one.replace(/[/=]$/, "")));
    expect(LINES.map(([what], at) => [what, bare[at]])).toEqual(LINES.map(([what, , becomes]) => [what, [becomes]]));
  });
});

test("the formats of a command are all offered", async () => {
  const { stdout } = await run("completion", "bash");
  for (const kind of ["analysis", "audit"] as const)
    expect(stdout).toContain(`compgen -W '${formatsOf(kind).join(" ")}' -- "$cur"`);
});

test("the man page is that of the options: npm run man writes it", async () => {
  const page = await readFile(new URL("../../man/msb-deps.1", import.meta.url), "utf8");
  expect(page).toBe(manPage(commandTree()));
});

test.each(commandTree().map((command) => [command.name()]))(
  "%s --help has examples, exit codes and --version",
  async (name) => {
    const { exitCode, stdout } = await run(name, "--help");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Examples:\n(?: {2}# .+\n {2}.*msb-deps .+\n)+\nExit codes/m);
    expect(stdout).toMatch(/^Other options:\n {2}-V, --version .*\n {2}-h, --help /m);
    expect(stdout).not.toMatch(/^Options:/m);
    expect((await run(name, "--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  },
);

test("a variable MSB_DEPS_VERSION is no option", async () => {
  const { io, stdout } = collectedIo({ env: { MSB_DEPS_VERSION: "0.2.0" } });
  const host = { io, finished: () => {}, stopAfter: () => {}, showTimings: () => {} };
  await program(host).parseAsync(["node", "msb-deps", "completion", "fish"]);
  await io.results.done;
  expect(stdout()).toContain("complete -c msb-deps");
});
