// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { substitutedWords, xargsWords } from "../../src/dockerfile/package-file.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

const FILES: Readonly<Record<string, string>> = {
  "packages.txt": "curl git\nlibpq5=17.*\n",
  "deploy/apt.list": "# tools\ncurl\n  # more\n\nzlib1g\n",
};

/** Packages of a stage's installs, `?` before what is not known, and the paths that were asked for. */
function read(lines: string): string {
  const parsed = parseDockerfile(`FROM debian\n${lines}\n`);
  const [stage] = makePlan(parsed, { contextFile: (path) => FILES[path] ?? null }).stages;
  const installs = (stage?.instructions ?? []).flatMap((one) => (one.kind === "run" ? one.aptInstalls : []));
  for (const { packages } of installs) for (const word of packages) expect(parsed.lineOf(word.start)).toBe(word.line);
  return installs
    .flatMap(({ packages, unknownWords }) => [
      ...packages.map(({ name, literal }) => (literal ? `${name}!` : name)),
      ...unknownWords.map(({ text }) => `?${text}`),
    ])
    .join(" ");
}

const COPY = "COPY packages.txt /tmp/";
const BIND = "--mount=type=bind,source=packages.txt,target=/tmp/packages.txt";

describe("a list of packages in a file", () => {
  test.each([
    ["on xargs' input", `${COPY}\nRUN xargs apt-get install -y < /tmp/packages.txt`, "curl git libpq5"],
    [
      "named to xargs",
      `${COPY}\nRUN apt-get update && xargs -r -a /tmp/packages.txt apt-get install -y`,
      "curl git libpq5",
    ],
    [
      "named with a long option",
      `${COPY}\nRUN xargs --arg-file=/tmp/packages.txt apt-get install -y vim`,
      "vim! curl git libpq5",
    ],
    ["through sudo", `${COPY}\nRUN sudo xargs -n 5 -a /tmp/packages.txt apt-get install`, "curl git libpq5"],
    ["through cat", `${COPY}\nRUN cat /tmp/packages.txt | xargs apt-get install -y`, "curl git libpq5"],
    ["in a substitution", `${COPY}\nRUN apt-get install -y $(cat /tmp/packages.txt) vim`, "curl git libpq5 vim!"],
    ["in backquotes", `${COPY}\nRUN apt-get install -y \`cat /tmp/packages.txt\``, "curl git libpq5"],
    ["of bash", `${COPY}\nRUN apt-get install -y $(</tmp/packages.txt)`, "curl git libpq5"],
    ["below WORKDIR", "WORKDIR /app\nCOPY packages.txt .\nRUN xargs apt-get install < packages.txt", "curl git libpq5"],
    ["under another name", "COPY packages.txt /etc/list\nRUN xargs apt-get install < /etc/list", "curl git libpq5"],
    ["in a folder", "COPY . /src/\nRUN xargs apt-get install < /src/packages.txt", "curl git libpq5"],
    [
      "in a folder of the context",
      "COPY deploy /d\nRUN grep -v '^\\s*#' /d/apt.list | xargs apt-get install",
      "curl zlib1g",
    ],
    ["in a mount", `RUN ${BIND} xargs apt-get install < /tmp/packages.txt`, "curl git libpq5"],
    ["in a mount of all", "RUN --mount=target=/ctx xargs apt-get install < /ctx/packages.txt", "curl git libpq5"],
    [
      "removed behind",
      `${COPY}\nRUN xargs apt-get install < /tmp/packages.txt && rm /tmp/packages.txt`,
      "curl git libpq5",
    ],
    [
      "with comments that grep takes out",
      "COPY deploy/apt.list /l\nRUN apt-get install $(grep -v '^#' /l)",
      "curl more zlib1g ?$(grep -v '^#' /l)",
    ],
    [
      "with comments, which xargs reads",
      "COPY deploy/apt.list /l\nRUN xargs -a /l apt-get install",
      "tools curl more zlib1g ?< /l",
    ],
    [
      "copied twice: the last counts",
      "COPY packages.txt /l\nCOPY deploy/apt.list /l\nRUN xargs -a /l apt-get install",
      "tools curl more zlib1g ?< /l",
    ],
    ["of a stage below", `${COPY}\nFROM 0\nRUN true`, ""],
  ])("%s", (_, lines, expected) => {
    expect(read(lines)).toBe(expected);
  });

  test.each([
    ["not in the context", "COPY other.txt /l\nRUN xargs apt-get install < /l", "?< /l"],
    ["not copied", "RUN xargs apt-get install < /tmp/packages.txt", "?< /tmp/packages.txt"],
    ["of another stage", "COPY --from=x packages.txt /l\nRUN xargs apt-get install < /l", "?< /l"],
    ["by a pattern", "COPY pack* /l/\nRUN xargs apt-get install < /l/packages.txt", "?< /l/packages.txt"],
    ["of ADD", "ADD packages.txt /l\nRUN xargs apt-get install < /l", "?< /l"],
    [
      "of a here-document",
      "COPY <<E /tmp/packages.txt\nvim\nE\nRUN xargs apt-get install < /tmp/packages.txt",
      "?< /tmp/packages.txt",
    ],
    [
      "changed by a RUN between",
      `${COPY}\nRUN sed -i s/a/b/ /tmp/packages.txt\nRUN xargs apt-get install < /tmp/packages.txt`,
      "?< /tmp/packages.txt",
    ],
    [
      "changed by the same RUN",
      `${COPY}\nRUN echo vim >> /tmp/packages.txt && xargs apt-get install < /tmp/packages.txt`,
      "?< /tmp/packages.txt",
    ],
    [
      "in another folder by then",
      "WORKDIR /app\nCOPY packages.txt .\nRUN cd /x && xargs apt-get install < packages.txt",
      "?< packages.txt",
    ],
    [
      "below a WORKDIR that is not known",
      "COPY packages.txt .\nRUN xargs apt-get install < packages.txt",
      "?< packages.txt",
    ],
    ["in a variable", `${COPY}\nENV L=/tmp/packages.txt\nRUN xargs apt-get install < $L`, "?< $L"],
    ["parted in another way", `${COPY}\nRUN xargs -d , apt-get install < /tmp/packages.txt`, "?< /tmp/packages.txt"],
    [
      "one at a time, in a place",
      `${COPY}\nRUN xargs -I {} apt-get install {} < /tmp/packages.txt`,
      "?{} ?< /tmp/packages.txt",
    ],
    ["through another program", `${COPY}\nRUN sed s/a/b/ /tmp/packages.txt | xargs apt-get install`, "?xargs"],
    ["through two", `${COPY}\nRUN cat /tmp/packages.txt | sort | xargs apt-get install`, "?xargs"],
    [
      "in a script of another shell",
      `${COPY}\nRUN bash -c 'xargs apt-get install < /tmp/packages.txt'`,
      "?< /tmp/packages.txt",
    ],
    [
      "of a mount from a stage",
      "RUN --mount=from=x,target=/ctx xargs apt-get install < /ctx/packages.txt",
      "?< /ctx/packages.txt",
    ],
  ])("is not known: %s", (_, lines, expected) => {
    expect(read(lines)).toBe(expected);
  });
});

const text = fc
  .array(fc.constantFrom("a", "lib-b", "#", " ", "\t", "\n", "'", '"', "\\", "c d", "\r", "é", "''", "\n\n"), {
    maxLength: 14,
  })
  .map((pieces) => pieces.join(""));

function said(program: string, args: readonly string[], input: string): string[] | null {
  const { status, stdout } = spawnSync(program, args, { input, env: { ...process.env, LC_ALL: "C" } });
  return status === 0 ? stdout.toString("utf8").split("\0").slice(0, -1) : null;
}

test("xargs reads a file as we do", () => {
  fc.assert(
    fc.property(text, (input) => {
      expect(xargsWords(input)).toEqual(said("xargs", ["-r", "printf", "%s\\0"], input));
    }),
    { numRuns: 120 },
  );
}, 60_000);

test("so does the shell in a substitution", () => {
  const script = 'set -f; set -- $(cat); if [ $# -gt 0 ]; then printf "%s\\0" "$@"; fi';
  fc.assert(
    fc.property(text, (input) => {
      expect(substitutedWords(input)).toEqual(said("sh", ["-c", script], input));
    }),
    { numRuns: 60 },
  );
}, 60_000);
