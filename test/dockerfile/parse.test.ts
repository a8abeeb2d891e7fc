// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

function seen(text: string): string[] {
  return parseDockerfile(text).instructions.map((instruction) => `${instruction.keyword} ${instruction.args.text}`);
}

test.each<[string, string, string[]]>([
  ["continuation", "FROM a\nRUN x \\\n  y\n", ["FROM a", "RUN x   y"]],
  ["joined in the middle of a word", "FROM a\nRUN fo\\\no\n", ["FROM a", "RUN foo"]],
  [
    "comment and blank lines in a continuation",
    "FROM a\nRUN x \\\n# no\n   # no\n\n  \\\n y\n",
    ["FROM a", "RUN x    y"],
  ],
  ["white space behind the backslash", "FROM a\nRUN x \\ \t\n y\n", ["FROM a", "RUN x  y"]],
  ["two backslashes continue nothing", "FROM a\nRUN x \\\\\nRUN y\n", ["FROM a", "RUN x \\\\", "RUN y"]],
  ["a backslash at the end of the file", "FROM a\nRUN x \\", ["FROM a", "RUN x"]],
  ["CR LF", "FROM a\r\nRUN x \\\r\n y\r\n", ["FROM a", "RUN x  y"]],
  ["byte order mark", "\uFEFFFROM a\n", ["FROM a"]],
  ["escape directive", "# escape=`\nFROM a\nRUN x `\n y\\\n", ["FROM a", "RUN x  y\\"]],
  ["directives in a row", "# syntax=docker/dockerfile:1\n#escape = `\nFROM a\nRUN x `\n y\n", ["FROM a", "RUN x  y"]],
  ["no directive behind a comment", "# hello\n# escape=`\nFROM a\nRUN x `\nRUN y\n", ["FROM a", "RUN x `", "RUN y"]],
  ["small letters and tabs", "from\ta\n  run\tx\n", ["FROM a", "RUN x"]],
  ["here-document", "FROM a\nRUN <<EOF\nFROM b\nEOF\nRUN y\n", ["FROM a", "RUN <<EOF", "RUN y"]],
  ["numbered here-document", "FROM a\nRUN cat 3<<EOF\nFROM b\nEOF\nRUN y\n", ["FROM a", "RUN cat 3<<EOF", "RUN y"]],
  ["quoted here-document", "FROM a\nRUN <<'E F'\nx\nE F\nRUN y\n", ["FROM a", "RUN <<'E F'", "RUN y"]],
  ["here-document with tabs", "FROM a\nRUN <<-EOF\n\tx\n\tEOF\nRUN y\n", ["FROM a", "RUN <<-EOF", "RUN y"]],
  ["two here-documents", "FROM a\nCOPY <<A <<B /x/\n1\nA\n2\nB\nRUN y\n", ["FROM a", "COPY <<A <<B /x/", "RUN y"]],
  ["space before the name", "FROM a\nRUN cat << EOF\nx\nEOF\n", ["FROM a", "RUN cat << EOF"]],
  ["<<< is none", "FROM a\nRUN cat <<<EOF\nRUN y\n", ["FROM a", "RUN cat <<<EOF", "RUN y"]],
  ["a shift is none", "FROM a\nRUN echo $((1<<2))\nRUN y\n", ["FROM a", "RUN echo $((1<<2))", "RUN y"]],
  ["none in quotes", "FROM a\nRUN echo '<<EOF'\nRUN y\n", ["FROM a", "RUN echo '<<EOF'", "RUN y"]],
  ["none in CMD", "FROM a\nCMD cat <<EOF\nRUN y\n", ["FROM a", "CMD cat <<EOF", "RUN y"]],
  [
    "ONBUILD with a here-document",
    "FROM a\nONBUILD RUN <<EOF\nx\nEOF\nRUN y\n",
    ["FROM a", "ONBUILD RUN <<EOF", "RUN y"],
  ],
  ["flags", "FROM a\nCOPY --from=b --link --chown=1:1 /x /y\n", ["FROM a", "COPY /x /y"]],
  ["a lone --", "FROM a\nCOPY --link -- --x /y\n", ["FROM a", "COPY --x /y"]],
])("%s", (_, text, expected) => {
  expect(seen(text)).toEqual(expected);
});

test("places, flags and JSON", () => {
  const text = 'FROM a\n\n# c\nCOPY --from=b --exclude="x y" [ "/a b", "/c" ]\nRUN <<EOF\nx\nEOF\n';
  const [, copy, run] = parseDockerfile(text).instructions;
  expect(copy?.flags).toEqual([
    { name: "from", value: "b" },
    { name: "exclude", value: "x y" },
  ]);
  expect(copy?.json).toEqual(["/a b", "/c"]);
  expect([copy?.line, copy?.endLine, text.slice(copy?.start, copy?.end)]).toEqual([4, 4, text.split("\n")[3]]);
  expect([run?.line, run?.endLine, text.slice(run?.start, run?.end)]).toEqual([5, 7, "RUN <<EOF\nx\nEOF"]);
  expect(run?.heredocs[0]?.content.text).toBe("x\n");
});

test.each<[string, string, string, number | null]>([
  ["nothing", "", "dockerfile-empty", null],
  ["blank lines", "\n \n", "dockerfile-empty", null],
  ["comments", "# a\n# b\n", "dockerfile-empty", null],
  ["no FROM", "ARG a\n", "dockerfile-syntax", 1],
  ["something before FROM", "\nRUN a\nFROM b\n", "dockerfile-syntax", 2],
  ["unknown instruction", "FROM a\n\nFORM b\n", "dockerfile-syntax", 3],
  ["here-document without end", "FROM a\nRUN <<EOF\nx\n", "dockerfile-syntax", 2],
  ["wrong escape", "# escape=x\nFROM a\n", "dockerfile-syntax", 1],
  ["two syntax lines", "# syntax=a\n# syntax=b\nFROM a\n", "dockerfile-syntax", 2],
  ["ONBUILD twice", "FROM a\nONBUILD ONBUILD RUN x\n", "dockerfile-syntax", 2],
  ["a line too long", `FROM a\nRUN ${"x".repeat(70_000)}\n`, "dockerfile-syntax", 2],
])("%s is an error", (_, text, code, line) => {
  const error = thrown(() => parseDockerfile(text));
  expect(error.code).toBe(code);
  if (line !== null) expect(error.message).toContain(`line ${line}:`);
});

function thrown(run: () => unknown): MsbDepsError {
  try {
    run();
  } catch (error) {
    if (error instanceof MsbDepsError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
