import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findingsOf } from "../audit/kit.ts";

// `npm run test:image` builds it and runs the commands of docs/ci.md in it.
test("the static audit of the project's own Dockerfile finds nothing", () => {
  const dockerfile = readFileSync("Dockerfile", "utf8");
  expect(findingsOf(dockerfile)).toEqual([]);
  const codes = findingsOf(dockerfile.replace(/^USER .*\n/m, "")).map(({ code }) => code);
  expect(codes).toEqual(["root-user"]);
});
