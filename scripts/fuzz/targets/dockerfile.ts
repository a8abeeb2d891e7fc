// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of shell scripts
import { spawnSync } from "node:child_process";
import { MsbDepsError } from "../../../src/base/errors.ts";
import { makePlan } from "../../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { scriptCalls } from "../../../src/dockerfile/script-calls.ts";
import { shellCommands } from "../../../src/dockerfile/shell.ts";
import { ShellVariables } from "../../../src/dockerfile/shell-variables.ts";
import { parseIgnoreFile } from "../../../src/engine/buildkit/ignore-file.ts";
import { dockerfiles, shellScripts } from "../corpus.ts";
import { refusing, type Target, type Verdict } from "../target.ts";

const SHELL_WORDS = [
  "$(",
  ")",
  "`",
  "${",
  "}",
  "${a:-",
  "${a##*/}",
  "<<EOF\n",
  "EOF\n",
  "<<-'E'\n",
  "'",
  '"',
  "\\\n",
  "&&",
  "||",
  ";;",
  "case ",
  " in ",
  "esac",
  "if ",
  "then ",
  "fi",
  "for x in ",
  "do ",
  "done",
  "while ",
  "f() {",
  "eval ",
  "set -- ",
  "$@",
  "{a,b}",
  "((",
  "))",
  "[[",
  "]]",
  "#",
  "apt-get install ",
  "xargs ",
  "sh -c '",
  "<(",
  ">&2",
];

export const dockerfile: Target = {
  seeds: dockerfiles,
  words: [
    ...SHELL_WORDS,
    "FROM ",
    " AS ",
    "RUN ",
    "COPY --from=",
    "--parents ",
    "--mount=",
    "ENV ",
    "ARG ",
    "ONBUILD ",
    "SHELL [",
    "HEALTHCHECK CMD ",
    "# escape=`\n",
    "# syntax=",
    '["a", "b"]',
    "\r\n",
    "\ufeff",
    "WORKDIR ",
    "$TARGETARCH",
    "**",
  ],
  run(input) {
    const text = input.toString("utf8");
    parseIgnoreFile(text);
    refusing(
      () => {
        const parsed = parseDockerfile(text);
        for (const { start, end, line, endLine } of parsed.instructions) {
          if (start < 0 || end > text.length || start >= end || line > endLine)
            throw new Error(`an instruction at ${start} to ${end}, in lines ${line} to ${endLine}`);
        }
        makePlan(parsed);
      },
      (error) => error instanceof MsbDepsError,
    );
  },
};

/** A script that dash takes is one that can be read, unless it is beyond a limit. */
function judgeByDash(input: Buffer): Verdict {
  const text = input.toString("utf8");
  if (text.includes("\0") || text.length > 20_000) return "pass";
  const { status } = spawnSync("dash", ["-n"], { input: text, stdio: ["pipe", "ignore", "ignore"] });
  if (status !== 0) return "pass";
  return shellCommands(text, new ShellVariables(() => null, false)) === null
    ? { difference: "dash reads it, and we do not" }
    : null;
}

export const shell: Target = {
  seeds: shellScripts,
  words: SHELL_WORDS,
  run(input) {
    const text = input.toString("utf8");
    scriptCalls(text, "sh");
    scriptCalls(text, "bash");
  },
  judge: judgeByDash,
  judgeOneIn: 10,
};
