// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { expand } from "../../src/dockerfile/expand.ts";

const VALUES = new Map<string, string | null>([
  ["A", "one"],
  ["E", ""],
  ["P", "/usr/lib/x86_64/libz.so.1"],
  ["V", "v1.2.3"],
  ["Q", null],
]);

function expanded(word: string, unset: "empty" | "unknown" = "unknown", escapeChar = "\\"): string | null {
  return expand(word, { lookup: (name) => VALUES.get(name), escape: escapeChar, unset });
}

// U is not set, Q is set to a value that is not known. The rules are those of BuildKit's shell/lex.go.
test.each<[string, string | null]>([
  ["plain", "plain"],
  ["$A", "one"],
  ["${A}", "one"],
  ["x${A}y", "xoney"],
  ["$A-$A", "one-one"],
  ["$U", null],
  ["${U}", null],
  ["$Q", null],
  ["${Q:-d}", null],
  ["${Q:+d}", null],
  ["${U:-d}", "d"],
  ["${U-d}", "d"],
  ["${E:-d}", "d"],
  ["${E-d}", ""],
  ["${A:-d}", "one"],
  ["${A:-$Q}", "one"],
  ["${U:-$A}", "one"],
  ["${U:-${U:-deep}}", "deep"],
  ["${U:-}", ""],
  ["${A:+d}", "d"],
  ["${A+d}", "d"],
  ["${E:+d}", ""],
  ["${E+d}", "d"],
  ["${U:+d}", ""],
  ["${U+$Q}", ""],
  ["${A:?no}", "one"],
  ["${U:?no}", null],
  ["${E:?no}", null],
  ["${E?no}", ""],
  ["${P#*/}", "usr/lib/x86_64/libz.so.1"],
  ["${P##*/}", "libz.so.1"],
  ["${P%/*}", "/usr/lib/x86_64"],
  ["${P%%/*}", ""],
  ["${P%.so*}", "/usr/lib/x86_64/libz"],
  ["${V#v}", "1.2.3"],
  ["${V#?}", "1.2.3"],
  ["${V#x}", "v1.2.3"],
  ["${V%.*}", "v1.2"],
  ["${V%%.*}", "v1"],
  ["${V/./-}", "v1-2.3"],
  ["${V//./-}", "v1-2-3"],
  ["${V/v/}", "1.2.3"],
  ["${V//[0-9]/x}", "v1.2.3"],
  ["${P//\\//_}", "_usr_lib_x86_64_libz.so.1"],
  ["'$A'", "$A"],
  ['"$A"', "one"],
  ['"a b"', "a b"],
  ["\\$A", "$A"],
  ['"\\$A"', "$A"],
  ['"\\n"', "\\n"],
  ["a\\ b", "a b"],
  ["''", ""],
  ["$", "$"],
  ["$/x", "$/x"],
  ["$1", null],
  ["${", null],
  ["${}", null],
  ["${A", null],
  ["${A!b}", null],
  ["${:x}", null],
  ["${{A}", null],
  ["'a", null],
  ['"a', null],
])("%s → %s", (word, expected) => {
  expect(expanded(word)).toBe(expected);
});

test("what is certainly not set is empty where all is known", () => {
  expect(expanded("/a$U/b", "empty")).toBe("/a/b");
  expect(expanded("$Q", "empty")).toBeNull();
});

test("the escape character is that of the file", () => {
  expect(expanded("`$A\\x", "unknown", "`")).toBe("$A\\x");
});

test("nesting and length are bounded", () => {
  expect(expanded("${U:-".repeat(500) + "}".repeat(500))).toBeNull();
  expect(expand("$A$A", { lookup: () => "x".repeat(60_000), escape: "\\", unset: "unknown" })).toBeNull();
});
