// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import fc from "fast-check";
import { expect, test } from "vitest";
import { MsbDepsError } from "../../../src/base/errors.ts";
import { packageWords } from "../../../src/dockerfile/rewrite/same-but-packages.ts";
import { fixed, read, type Scene } from "./scene.ts";

const PIECES = [
  ...["RUN ", "\nRUN ", "ENV P=zlib1g\n", "\nUSER app\n", "\n", "\r\n", " \\\n", "\\\n  ", " \\\n# c\n", " \\\n\n"],
  ...["apt-get install -y ", "apt-get install ", "apt install ", " -t sid ", " -q ", "apt-get purge --auto-remove x"],
  ...[
    "zlib1g",
    " zlib1g ",
    " libpq5 ",
    "libicu76",
    " libssl3 ",
    " libxml2=1 ",
    " libicu72 ",
    " $P ",
    '"libpq5"',
    "lib",
    "-",
    "+",
  ],
  ...[
    "&&",
    " && ",
    ";",
    " || ",
    "|",
    "(",
    ")",
    "{ ",
    "; }",
    "'",
    '"',
    "`",
    "$(",
    "<",
    "<<EOF\n",
    "\nEOF\n",
    "#",
    " # c",
  ],
  ...["if x; then ", "; fi", "for i in a b; do ", "; done", "bash -c '", "xargs ", "true", "\t", "\u0000", "é"],
];

const scene: Scene = {
  needs: ["libpq5", "libicu76"],
  base: ["zlib1g", "libssl3t64"],
  depends: [["libpq5", "libssl3t64"]],
};

const squeezed = (text: string): string => text.replace(/[\s\\]+/g, "");

test("whatever a stage holds, its fix is one that changes nothing more, or none", () => {
  const start = fc.constantFrom(
    "",
    "RUN apt-get install -y zlib1g ",
    "RUN x && apt-get install \\\n  libpq5 \\\n  libssl3 ",
  );
  const piece = fc.constantFrom(...PIECES);
  const body = fc.tuple(start, fc.array(piece, { maxLength: 12 })).map(([first, pieces]) => first + pieces.join(""));
  let changed = 0;
  fc.assert(
    fc.property(body, fc.constantFrom<"warning" | "info">("warning", "info"), (pieces, level) => {
      const text = `FROM debian:13 AS builder\nFROM debian:13-slim\n${pieces}\nCOPY --from=builder /out/ /\n`;
      try {
        const { text: after, changes } = fixed(text, scene, level);
        if (changes.length > 0) changed += 1;
        expect(after === text).toBe(changes.length === 0);
        const again = fixed(after, scene, level);
        expect([again.text, again.changes]).toEqual([after, []]);
        // What is no package word, and no whole line, is there as it was.
        const bare = (one: string): string =>
          packageWords(read(one).plan)
            .filter(({ literal }) => literal)
            .sort((a, b) => b.start - a.start)
            .reduce((left, word) => left.slice(0, word.start) + left.slice(word.end), one)
            .replaceAll(" --no-install-recommends", "")
            .replace(/[\s\\]+/g, "");
        if (changes.some(({ kind }) => kind === "inserted")) return;
        const taken = changes.filter((change) => change.kind === "taken-out").map((change) => squeezed(change.text));
        const left = taken.reduce((rest, piece) => {
          const at = rest.lastIndexOf(piece);
          expect(at).not.toBe(-1);
          return rest.slice(0, at) + rest.slice(at + piece.length);
        }, bare(text));
        expect(bare(after)).toBe(left);
      } catch (error) {
        if (!(error instanceof MsbDepsError)) throw error;
      }
    }),
    { numRuns: Number(process.env.FUZZ ?? 150) },
  );
  expect(changed).toBeGreaterThan(0);
}, 600_000);
