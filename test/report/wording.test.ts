import { describe, expect, test } from "vitest";
import type { NoteCode } from "../../src/analysis/model.ts";
import { note } from "../../src/analysis/notes.ts";
import { noteText } from "../../src/report/wording.ts";
import { detailsOfAll } from "./notes.ts";

const PATH = "/out/app";
const texts = (text: string): [NoteCode, string][] =>
  (Object.entries(detailsOfAll(text)) as [NoteCode, never][]).map(([code, details]) => [
    code,
    noteText(note(code, PATH, details)),
  ]);

describe("the sentence for a note", () => {
  test.each(texts("NAMED"))("%s tells its details", (_, sentence) => {
    expect(sentence).not.toMatch(/undefined|null|\[object/);
    expect(sentence).toMatch(new RegExp(`NAMED|${PATH}|3 files|an archive has`));
  });

  test.each(texts("a\nFORGED\u001b[2J\u202e"))("%s stays one line without control characters", (_, sentence) => {
    expect(sentence).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test("a detail that a note does not have does not compile", () => {
    // @ts-expect-error `reson` is no detail of this note, and `reason` is lacking.
    note("damaged-elf", PATH, { reson: "typo" });
  });
});
