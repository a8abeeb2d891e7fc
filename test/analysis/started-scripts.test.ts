import { expect, test } from "vitest";
import { analyze } from "../../src/analysis/analyze.ts";
import { startedScripts } from "../../src/analysis/started-scripts.ts";
import type { RunOptions } from "../../src/commands/options.ts";
import { inputOf } from "../../src/commands/run.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { madeRun } from "./made-run.ts";

const started = (lines: readonly string[], workdir = "") =>
  [...startedScripts(makePlan(parseDockerfile(`FROM a AS builder\nFROM b\n${lines.join("\n")}\n`)), workdir)].sort();

test.each([
  ["an absolute path", ['CMD ["python3", "/app/main.py"]'], ["/app/main.py"]],
  ["the shell form", ["CMD exec python3 -u /app/main.py --port 80"], ["/app/main.py"]],
  ["below WORKDIR", ["WORKDIR /srv", 'CMD ["node", "dist/server.js"]'], ["/srv/dist/server.js"]],
  ["WORKDIR after it counts too", ["CMD ruby app.rb", "WORKDIR /srv"], ["/srv/app.rb"]],
  ["an ENTRYPOINT with its arguments", ['ENTRYPOINT ["python3"]', 'CMD ["app.py"]'], ["/app.py"]],
  ["within a shell", ['CMD ["sh", "-c", "cd /x && php ./index.php"]'], ["/index.php"]],
  ["a health check", ["HEALTHCHECK CMD perl /check.pl"], ["/check.pl"]],
  ["a module of Node.js", ['CMD ["node", "/app/main.mjs"]'], ["/app/main.mjs"]],
  ["a program", ['CMD ["app", "--config", "/etc/app.json"]'], []],
  ["a variable", ['CMD ["python3", "$MAIN.py"]'], []],
  ["nothing", [], []],
])("%s", (_, lines, expected) => {
  expect(started(lines)).toEqual(expected);
});

test("the WORKDIR of the base, or one that is not known", () => {
  expect(started(["CMD python3 main.py"], "/app")).toEqual(["/app/main.py"]);
  expect(started(["WORKDIR $X", "CMD python3 main.py /a.py"])).toEqual(["/a.py"]);
});

const OPTIONS = { engine: "static", explicit: false, withRecommended: false } as RunOptions;
const kinds = (lines: string, files: Readonly<Record<string, { text: string } | "file">>) =>
  analyze(inputOf(madeRun({ files }, { files: {} }, lines), OPTIONS)).artifacts.map(({ path, kind, interpreter }) => [
    path,
    kind,
    interpreter,
  ]);

test("a script that CMD starts is an artifact without a #! line", () => {
  const files = { "/out/app/main.py": "file", "/out/app/other.py": "file" } as const;
  expect(kinds('CMD ["python3", "/app/main.py"]\n', files)).toEqual([["/out/app/main.py", "script", null]]);
  expect(kinds("", files)).toEqual([]);
});

test("with a #! line it is one artifact, and has its interpreter", () => {
  const files = { "/out/app/main.py": { text: "#!/usr/bin/env python3\n" } } as const;
  expect(kinds("CMD python3 /app/main.py\n", files)).toEqual([["/out/app/main.py", "script", "python3"]]);
});
