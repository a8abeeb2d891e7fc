import { describe, expect, test } from "vitest";
import { makePlan } from "../../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { applyEdits, draftOf, type TextEdit } from "../../../src/dockerfile/rewrite/edit.ts";
import { addWord, removeWord, replaceWord, type WordSite } from "../../../src/dockerfile/rewrite/package-words.ts";
import { packageWords } from "../../../src/dockerfile/rewrite/same-but-packages.ts";

/** Changes a RUN that stands between two other instructions. */
function changed(run: string, change: (text: string, words: WordSite[]) => TextEdit[]): string {
  const [head, tail] = ["FROM a\nRUN ", "\nCMD x\n"];
  const text = head + run + tail;
  const words = packageWords(makePlan(parseDockerfile(text))).filter(({ literal }) => literal);
  const after = applyEdits(draftOf(text), change(text, [...words])).text;
  expect(after.startsWith(head) && after.endsWith(tail), after).toBe(true);
  return after.slice(head.length, -tail.length);
}

const without = (run: string, name: string): string =>
  changed(run, (text, words) => {
    const site = words.find((word) => word.name === name);
    return site === undefined ? [] : removeWord(text, site, "\\");
  });
const having = (run: string, name: string): string => changed(run, (text, words) => addWord(text, words, name, "\\"));
const I = "apt-get install -y";

describe("taking b out", () => {
  test.each([
    ["of a row", `${I} a1 b1 c1`, `${I} a1 c1`],
    ["at the begin of a row", `${I} b1 c1`, `${I} c1`],
    ["at the end of a row", `${I} a1 b1 && rm x`, `${I} a1 && rm x`],
    ["in front of an operator", `${I} a1 b1; rm x`, `${I} a1; rm x`],
    ["as the only one", `${I} b1 && rm x`, `${I} && rm x`],
    ["with several blanks", `${I} a1  b1   c1`, `${I} a1   c1`],
    ["on a line of its own", `${I} \\\n  a1 \\\n  b1 \\\n  c1`, `${I} \\\n  a1 \\\n  c1`],
    ["on the first line", `${I} \\\n  b1 \\\n  c1`, `${I} \\\n  c1`],
    ["on the last line", `${I} \\\n  a1 \\\n  b1`, `${I} \\\n  a1`],
    ["on the last line, with CR", `${I} \\\r\n  a1 \\\r\n  b1\r`, `${I} \\\r\n  a1\r`],
    ["on the only line", `${I} \\\n  b1`, `${I}`],
    ["on the only line, more behind it", `${I} \\\n  b1 \\\n  && rm x`, `${I} \\\n  && rm x`],
    ["with an operator behind it on its line", `${I} \\\n  a1 \\\n  b1 && \\\n  rm x`, `${I} \\\n  a1 && \\\n  rm x`],
    ["with a semicolon at it", `${I} \\\n  a1 \\\n  b1; \\\n  rm x`, `${I} \\\n  a1; \\\n  rm x`],
    ["behind a comment", `${I} \\\n  a1 \\\n  # why\n  b1 \\\n  c1`, `${I} \\\n  a1 \\\n  # why\n  c1`],
    ["behind a comment, the last", `${I} \\\n  a1 \\\n  # why\n  b1`, `${I} \\\n  a1\n  # why`],
    [
      "behind a comment, an operator behind",
      `${I} \\\n  a1 \\\n  # why\n  b1 && rm`,
      `${I} \\\n  a1 \\\n  # why\n  && rm`,
    ],
    ["at the begin of a line of several", `${I} \\\n  a1 \\\n  b1 c1 \\\n  d1`, `${I} \\\n  a1 \\\n  c1 \\\n  d1`],
    ["at the end of a line of several", `${I} \\\n  a1 b1 \\\n  d1`, `${I} \\\n  a1 \\\n  d1`],
    ["of a line with its mark at a column", `${I} \\\n  a1 b1   \\\n  d1`, `${I} \\\n  a1      \\\n  d1`],
    ["with a mark right at it", `${I} \\\n  a1\\\n  b1\\\n  c1`, `${I} \\\n  a1\\\n  c1`],
    ["with blanks behind the mark", `${I} \\\n  a1 \\  \n  b1 \\ \n  c1`, `${I} \\\n  a1 \\  \n  c1`],
    ["with a blank line around", `${I} \\\n\n  a1 \\\n\n  b1 \\\n\n  c1`, `${I} \\\n\n  a1 \\\n\n\n  c1`],
    ["with a pin", `${I} a1 b1=2:1.0-3 c1`, `${I} a1 c1`],
    ["in quotes", `${I} a1 "b1" 'c1'`, `${I} a1 'c1'`],
    ["in a script of another shell", `bash -c '${I} a1 b1'`, `bash -c '${I} a1'`],
    ["in a script over lines", `bash -c "${I} \\\n  a1 \\\n  b1"`, `bash -c "${I} \\\n  a1"`],
    ["in a subshell", `(${I} a1 b1) && x`, `(${I} a1) && x`],
    ["in a here-document", `<<E\n${I} a1 b1 # why\nE`, `<<E\n${I} a1 # why\nE`],
    ["in a here-document over lines", `<<E\n${I} \\\n  a1 \\\n  b1\nrm x\nE`, `<<E\n${I} \\\n  a1\nrm x\nE`],
  ])("%s", (_, run, expected) => {
    expect(without(run, "b1")).toBe(expected);
  });
});

describe("putting a word in", () => {
  test.each([
    ["a sorted row", `${I} a1 c1`, "b1", `${I} a1 b1 c1`],
    ["a sorted row, at its begin", `${I} b1 c1`, "a1", `${I} a1 b1 c1`],
    ["a sorted row, at its end", `${I} a1 b1 && x`, "c1", `${I} a1 b1 c1 && x`],
    ["a row that is not sorted", `${I} c1 a1 && x`, "b1", `${I} c1 a1 b1 && x`],
    ["a row, an operator at its end", `${I} b1 a1; x`, "c1", `${I} b1 a1 c1; x`],
    ["a row with options among", `${I} a1 -q c1`, "d1", `${I} a1 -q c1 d1`],
    ["sorted lines", `${I} \\\n    a1 \\\n    c1 \\\n && x`, "b1", `${I} \\\n    a1 \\\n    b1 \\\n    c1 \\\n && x`],
    ["sorted lines, as the first", `${I} \\\n  b1 \\\n  c1`, "a1", `${I} \\\n  a1 \\\n  b1 \\\n  c1`],
    ["sorted lines, as the last", `${I} \\\n  a1 \\\n  b1`, "c1", `${I} \\\n  a1 \\\n  b1 \\\n  c1`],
    [
      "lines that are not sorted",
      `${I} \\\n\tc1 \\\n\ta1 \\\n\t&& x`,
      "b1",
      `${I} \\\n\tc1 \\\n\ta1 \\\n\tb1 \\\n\t&& x`,
    ],
    [
      "lines, an operator behind the last",
      `${I} \\\n  a1 \\\n  b1 && \\\n x`,
      "c1",
      `${I} \\\n  a1 \\\n  b1 \\\n  c1 && \\\n x`,
    ],
    ["lines with CR", `${I} \\\r\n  a1 \\\r\n  c1\r`, "b1", `${I} \\\r\n  a1 \\\r\n  b1 \\\r\n  c1\r`],
    ["lines with CR, at the end", `${I} \\\r\n  a1 \\\r\n  b1\r`, "c1", `${I} \\\r\n  a1 \\\r\n  b1 \\\r\n  c1\r`],
    ["lines with marks at them", `${I}\\\n  a1\\\n  c1`, "b1", `${I}\\\n  a1\\\n  b1\\\n  c1`],
    [
      "marks at a column",
      `${I}   \\\n  a1      \\\n  c1      \\\n  && x`,
      "bbb1",
      `${I}   \\\n  a1      \\\n  bbb1    \\\n  c1      \\\n  && x`,
    ],
    [
      "marks at a column, behind the last",
      `${I} \\\n  a1      \\\n  b1`,
      "c1",
      `${I} \\\n  a1      \\\n  b1      \\\n  c1`,
    ],
    [
      "marks at a column that is too near",
      `${I} \\\n  a1   \\\n  c1   \\\n  x`,
      "bbbbbbbb",
      `${I} \\\n  a1   \\\n  bbbbbbbb \\\n  c1   \\\n  x`,
    ],
    [
      "lines with comments",
      `${I} \\\n  # one\n  a1 \\\n  # two\n  c1`,
      "b1",
      `${I} \\\n  # one\n  a1 \\\n  b1 \\\n  # two\n  c1`,
    ],
    [
      "lines with a comment above the first",
      `${I} \\\n  # one\n  b1 \\\n  c1`,
      "a1",
      `${I} \\\n  a1 \\\n  # one\n  b1 \\\n  c1`,
    ],
    ["rows of several", `${I} \\\n  a1 b1 \\\n  d1 e1 \\\n  && x`, "c1", `${I} \\\n  a1 b1 c1 \\\n  d1 e1 \\\n  && x`],
    [
      "rows with marks at a column",
      `${I} \\\n  a1 b1      \\\n  d1         \\\n  && x`,
      "c1",
      `${I} \\\n  a1 b1 c1   \\\n  d1         \\\n  && x`,
    ],
    [
      "lines behind a word in the command's",
      `${I} a1 \\\n      c1 \\\n      d1`,
      "b1",
      `${I} a1 \\\n      b1 \\\n      c1 \\\n      d1`,
    ],
    ["lines behind a later word there", `${I} b1 \\\n      c1`, "a1", `${I} a1 \\\n      b1 \\\n      c1`],
    ["a line of one", `${I} \\\n  a1 \\\n  && x`, "b1", `${I} \\\n  a1 \\\n  b1 \\\n  && x`],
    ["a word in quotes", `${I} 'a1' "c1"`, "b1", `${I} 'a1' b1 "c1"`],
    [
      "a here-document",
      `<<E\n${I} \\\n  a1 \\\n  b1 # why\nx\nE`,
      "c1",
      `<<E\n${I} \\\n  a1 \\\n  b1 \\\n  c1 # why\nx\nE`,
    ],
    ["a script of another shell", `sh -c '${I} a1'`, "b1", `sh -c '${I} a1 b1'`],
  ])("%s", (_, run, word, expected) => {
    expect(having(run, word)).toBe(expected);
  });
});

describe("another name", () => {
  test.each([
    [`${I} a1 b1 c1`, `${I} a1 b1t64 c1`],
    [`${I} \\\n  a1         \\\n  b1         \\\n  c1`, `${I} \\\n  a1         \\\n  b1t64      \\\n  c1`],
    [`${I} \\\n  b1  \\\n  c1`, `${I} \\\n  b1t64 \\\n  c1`],
  ])("%j", (run, expected) => {
    const after = changed(run, (text, words) => {
      const site = words.find(({ name }) => name === "b1");
      return site === undefined ? [] : replaceWord(text, site, "b1t64", "\\");
    });
    expect(after).toBe(expected);
  });
});

test("a file with another escape character", () => {
  const text = "# escape=`\nFROM a\nRUN apt-get install `\n  a1 `\n  b1\n";
  const words = packageWords(makePlan(parseDockerfile(text)));
  const [, last] = words;
  const gone = last === undefined ? [] : removeWord(text, last, "`");
  expect(applyEdits(draftOf(text), gone).text).toBe("# escape=`\nFROM a\nRUN apt-get install `\n  a1\n");
  const added = addWord(text, words, "c1", "`");
  expect(applyEdits(draftOf(text), added).text).toBe(
    "# escape=`\nFROM a\nRUN apt-get install `\n  a1 `\n  b1 `\n  c1\n",
  );
});

describe("a draft knows where its lines come from", () => {
  const draft = draftOf("one\ntwo\nthree\nfour\n");
  test.each([
    ["a line taken out", { start: 4, end: 8, text: "" }, [1, 3, 4, 5]],
    ["a line put in front", { start: 4, end: 4, text: "new\n" }, [1, null, 2, 3, 4, 5]],
    ["a line put behind", { start: 7, end: 7, text: "\nnew" }, [1, 2, null, 3, 4, 5]],
    ["a line parted", { start: 5, end: 5, text: "\n" }, [1, 2, 2, 3, 4, 5]],
    ["two lines joined", { start: 7, end: 8, text: " " }, [1, 2, 4, 5]],
    ["a word changed", { start: 5, end: 6, text: "x" }, [1, 2, 3, 4, 5]],
  ])("%s", (_, edit, expected) => {
    expect(applyEdits(draft, [edit]).origins).toEqual(expected);
  });
});

test.each([
  [
    "the second command, of which the joint is left",
    "RUN a \\\n && b \\\n && c\n",
    " && b \\\n",
    "RUN a \\\n && c\n",
    [1, 3, 4],
  ],
  ["the same, behind the joint", "RUN a \\\n && b \\\n && c\n", "b \\\n && ", "RUN a \\\n && c\n", [1, 3, 4]],
  ["the last command", "RUN a \\\n && b\nX\n", " \\\n && b", "RUN a\nX\n", [1, 3, 4]],
])("a draft knows where the rest of two lines comes from: %s", (_, text, gone, expected, origins) => {
  const start = text.indexOf(gone);
  const draft = applyEdits(draftOf(text), [{ start, end: start + gone.length, text: "" }]);
  expect(draft).toEqual({ text: expected, origins });
});
