// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import fc from "fast-check";
import { expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

const PIECES = [
  "FROM a AS builder\n",
  "FROM b\n",
  "FROM $X\n",
  "RUN ",
  "COPY --from=builder ",
  "COPY --parents ",
  "ENV ",
  "ARG ",
  "WORKDIR ",
  "CMD ",
  "HEALTHCHECK CMD ",
  "SHELL ",
  "ONBUILD ",
  "apt-get install ",
  "curl ",
  "${A:-b}",
  "${A##*/}",
  "$",
  "`",
  "\\\n",
  "\\",
  "\n",
  "\r\n",
  "# c\n",
  "# escape=`\n",
  "<<EOF\n",
  "<<-'E'\n",
  "EOF\n",
  "E\n",
  '["a", "b"]',
  "'",
  '"',
  "$(",
  ")",
  "{",
  "}",
  "&&",
  ";",
  "if ",
  "for p in a b; do ",
  "done",
  "/out ",
  "/ ",
  "*",
  "[",
  "=",
  " ",
  "\t",
  "\uFEFF",
  "\u0000",
  "bash -c '",
  "eval ",
  "f() { ",
  "f; ",
];

const dockerfile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join("")),
  fc
    .array(fc.constantFrom(...PIECES), { maxLength: 40 })
    .map((pieces) => `FROM a AS builder\nFROM b\n${pieces.join("")}`),
);

test("any text gives a plan or an error that says why", () => {
  fc.assert(
    fc.property(dockerfile, (text) => {
      try {
        const parsed = parseDockerfile(text);
        for (const { start, end, line, endLine } of parsed.instructions) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(start).toBeLessThan(end);
          expect(line).toBeLessThanOrEqual(endLine);
        }
        makePlan(parsed);
      } catch (error) {
        if (!(error instanceof MsbDepsError)) throw error;
      }
    }),
    { numRuns: 3_000 },
  );
});

test("the words of an install stand where they say", () => {
  const word = fc.constantFrom("curl", "libssl3", "g++", "zlib1g:i386", "nginx=1.2");
  const gap = fc.constantFrom(" ", " \\\n  ", " \\\n# note\n\t", " \\\r\n\r\n ");
  fc.assert(
    fc.property(fc.array(fc.tuple(gap, word), { minLength: 1, maxLength: 8 }), (words) => {
      const text = `FROM a\nRUN apt-get install${words.map((pair) => pair.join("")).join("")}\n`;
      const [stage] = makePlan(parseDockerfile(text)).stages;
      const found = (stage?.instructions ?? []).flatMap((instruction) =>
        instruction.kind === "run" ? instruction.aptInstalls.flatMap((install) => install.packages) : [],
      );
      const given = words.map(([, name]) => name);
      expect(found.map((item) => text.slice(item.start, item.end))).toEqual(given);
    }),
  );
});
