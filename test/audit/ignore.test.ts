import { describe, expect, test } from "vitest";
import { readIgnores } from "../../src/audit/ignore.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { findingsOf } from "./kit.ts";

const stages = (above: string, user = "USER root"): string =>
  `FROM debian:13 AS builder\nFROM debian\n${above}\n${user}\nCOPY --from=builder /a /a\n`;
const codes = (text: string): string[] => findingsOf(text).map(({ code }) => code);

describe("ignore comments", () => {
  test.each([
    ["right above", "# msb-deps ignore=root-user", ["unpinned-base"]],
    ["with a reason", "# msb-deps ignore=root-user # the program drops its rights itself", ["unpinned-base"]],
    ["several codes", "#msb-deps   ignore = lists-left , root-user", ["unpinned-base"]],
    ["another comment and a blank line between", "# msb-deps ignore=root-user\n\n# why\n", ["unpinned-base"]],
    ["everywhere", "# msb-deps global ignore=unpinned-base,root-user", []],
    ["another code", "# msb-deps ignore=lists-left", ["unpinned-base", "root-user"]],
    ["another instruction", "# msb-deps ignore=root-user\nRUN true", ["unpinned-base", "root-user"]],
    ["no code", "# msb-deps ignore=", ["unpinned-base", "root-user"]],
    ["in a here-document", "RUN <<EOF\n# msb-deps global ignore=root-user\nEOF", ["unpinned-base", "root-user"]],
    ["another tool's", "# hadolint ignore=root-user", ["unpinned-base", "root-user"]],
  ])("%s", (_, above, expected) => {
    expect(codes(stages(above))).toEqual(expected);
  });

  test("counts for every line of the instruction below", () => {
    const run = "RUN apt-get update \\\n && apt-get install -y --no-install-recommends \\\n    gcc";
    const text = stages("# msb-deps ignore=dev-package,lists-left\r", run);
    expect(codes(text)).toEqual(["root-user", "unpinned-base"]);
  });

  test("codes that do not exist are told", () => {
    const { unknown } = readIgnores(parseDockerfile(stages("# msb-deps ignore=root_user,DL3008")));
    expect(unknown).toEqual([
      { code: "root_user", line: 3 },
      { code: "DL3008", line: 3 },
    ]);
  });
});
