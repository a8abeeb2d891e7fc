// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { cpuMilliseconds } from "../cpu-time.ts";

const HEAD = "FROM a AS builder\nFROM b\n";
const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join("");

test.each<[string, string]>([
  ["a long install", `${HEAD}RUN apt-get install${many(20_000, (index) => ` \\\n  package${index}`)}\n`],
  ["many RUNs", `${HEAD}${many(8_000, (index) => `RUN apt-get install p${index}\n`)}`],
  [
    "many sources",
    `FROM a AS builder\nFROM scratch AS d\nCOPY --from=builder${many(20_000, (index) => ` \\\n /s${index}`)} /d/\nFROM b\nCOPY --from=d${many(20_000, (index) => ` \\\n /d/s${index}`)} /e/\n`,
  ],
  [
    "many stages",
    many(1_000, (index) => `FROM ${index === 0 ? "a" : `s${index - 1}`} AS s${index}\nENV A${index}=1\n`),
  ],
  ["too many stages", many(5_000, (index) => `FROM a AS s${index}\n`)],
  [
    "a chain of hops",
    many(
      900,
      (index) =>
        `FROM scratch AS s${index}\nCOPY --from=${index === 0 ? "x" : index - 1} /a /a\nCOPY --from=${index === 0 ? "x" : index - 1} /a/b /a/b\n`,
    ),
  ],
  ["doubling ENV", `${HEAD}ENV A=xx\n${many(40, () => "ENV A=$A$A\n")}RUN apt-get install $A\n`],
  ["doubling in the shell", `${HEAD}RUN A=xx; ${many(60, () => "A=$A$A; ")} apt-get install $A\n`],
  [
    "doubling arrays",
    `${HEAD}SHELL ["bash", "-c"]\nRUN A=(a b); ${many(40, () => 'A=("${A[@]}" "${A[@]}"); ')} apt-get install "\${A[@]}"\n`,
  ],
  [
    "loops in loops",
    `${HEAD}RUN A="${many(500, (index) => `a${index} `)}"; for a in $A; do for b in $A; do for c in $A; do x=1; done; done; done\n`,
  ],
  [
    "installs in loops",
    `${HEAD}RUN A="${many(500, (index) => `a${index} `)}"; for a in $A; do for b in $A; do apt-get install $a $b; done; done\n`,
  ],
  ["a function that calls itself", `${HEAD}RUN f() { f; f; }; f\n`],
  ["nested substitutions", `${HEAD}RUN ${"$(".repeat(20_000)}\n`],
  ["nested parentheses", `${HEAD}RUN ${"(".repeat(60_000)}\n`],
  ["nested bash -c", `${HEAD}RUN ${"bash -c '".repeat(5_000)}\n`],
  ["open quotes", `${HEAD}${many(5_000, () => "RUN echo \"'\n")}`],
  ["continuations without end", `${HEAD}RUN x${" \\\n\n#".repeat(100_000)}`],
  ["here-documents", `${HEAD}RUN ${many(5_000, (index) => `<<E${index} `)}\n${many(5_000, (index) => `E${index}\n`)}`],
  [
    "modifiers",
    `${HEAD}ENV A=${"a".repeat(500)}\n${many(200, () => `RUN apt-get install \${A%%${"*a".repeat(200)}b}\n`)}`,
  ],
  ["flags", `${HEAD}COPY ${"--x ".repeat(15_000)} a b\n`],
])(
  "%s is answered in time",
  (_, text) => {
    const spent = cpuMilliseconds(() => {
      try {
        makePlan(parseDockerfile(text));
      } catch (error) {
        if (!(error instanceof MsbDepsError)) throw error;
      }
    });
    expect(spent).toBeLessThan(15_000);
  },
  60_000,
);
