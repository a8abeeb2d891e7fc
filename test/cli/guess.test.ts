import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf } from "../files.ts";
import { runProgram } from "../run-program.ts";

const BUILDER = "FROM debian:trixie AS builder\nRUN apt-get install -y libpq-dev libmemcached-dev gcc\n";
const FILE = `${BUILDER}FROM debian:trixie-slim\nCOPY --from=builder /out /out\n`;

async function guess(text: string, ...args: string[]) {
  const folder = await folderOf({ Dockerfile: text });
  return runProgram(["analyze", "--no-build", join(folder, "Dockerfile"), ...args]);
}

test("analyze --no-build prints a guess that cannot be taken for the line", async () => {
  const { exitCode, stdout, stderr } = await guess(FILE);
  expect(exitCode).toBe(2);
  expect(stdout.trimEnd().split("\n")).toEqual([
    "# guess: libpq5 (stage builder installs libpq-dev)",
    "# guess: some of libmemcached11t64, libmemcachedutil2t64 (stage builder installs libmemcached-dev)",
  ]);
  expect(stderr).toContain("not the line");
  expect((await guess(FILE.replace(/libpq-dev libmemcached-dev/, ""))).stdout).toMatch(/^# guess: no builder stage /);
});

test("its JSON has no field of the answer", async () => {
  const { exitCode, stdout } = await guess(FILE, "-f", "json");
  expect(exitCode).toBe(2);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ kind: "guess", complete: false, release: "debian 13" });
  expect(document.guess[0]).toEqual({ development: "libpq-dev", stage: "builder", libraries: ["libpq5"] });
  for (const field of ["schemaVersion", "install", "packages"]) expect(document).not.toHaveProperty(field);
});

test.each([
  ["another format", FILE, ["-f", "line"], "unknown format"],
  ["an image", FILE, ["--image", "x"], "cannot be combined"],
  ["a list to check", FILE, ["--check", "list"], "--check cannot be combined"],
  ["an unknown release", FILE.replace("trixie-slim", "latest"), [], "the release of debian:latest is not known"],
  ["nothing copied", FILE.replace("--from=builder ", ""), [], "no stage copies anything"],
])("not with %s", async (_, text, args, message) => {
  await expect(guess(text, ...args)).rejects.toThrow(message);
});
